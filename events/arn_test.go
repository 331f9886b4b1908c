package events

import (
	"strings"
	"testing"

	"latchkey/shared/coded"
)

const (
	keyID  = "1234abcd-12ab-34cd-56ef-1234567890ab"
	keyARN = "arn:aws:kms:eu-central-1:111122223333:key/" + keyID
)

func TestParseKeyARN(t *testing.T) {
	for _, arn := range []string{
		keyARN,
		"arn:aws:kms:us-west-2:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
	} {
		a, err := ParseKeyARN(arn)
		if err != nil {
			t.Fatal(err)
		}
		if a.String() != arn {
			t.Errorf("%s came back as %s", arn, a)
		}
	}
	a, _ := ParseKeyARN(keyARN)
	if want := (KeyARN{"aws", "eu-central-1", "111122223333", keyID}); a != want {
		t.Errorf("got %+v, want %+v", a, want)
	}
}

func TestParseKeyARN_Broken(t *testing.T) {
	for name, arn := range map[string]string{
		"empty":             "",
		"key id":            keyID,
		"alias name":        "alias/mine",
		"other service":     strings.Replace(keyARN, ":kms:", ":s3:", 1),
		"other partition":   strings.Replace(keyARN, "arn:aws:", "arn:aws-cn:", 1),
		"no region":         strings.Replace(keyARN, "eu-central-1", "", 1),
		"region in capital": strings.Replace(keyARN, "eu-central-1", "EU-CENTRAL-1", 1),
		"short account":     strings.Replace(keyARN, "111122223333", "1111", 1),
		"id in capitals":    strings.ToUpper(keyARN),
		"short id":          keyARN[:len(keyARN)-1],
		"long id":           keyARN + "0",
		"space after":       keyARN + " ",
		"newline after":     keyARN + "\n",
		"more after":        keyARN + ":x",
		"short mrk":         "arn:aws:kms:us-west-2:111122223333:key/mrk-12",
		"very long":         keyARN + strings.Repeat("a", 300),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseKeyARN(arn)
			if !coded.Is(err, coded.Invalid) || coded.Hint(err) == "" {
				t.Errorf("got %v, want an invalid error with a hint", err)
			}
		})
	}
}

func TestParseKeyARN_Alias(t *testing.T) {
	_, err := ParseKeyARN("arn:aws:kms:eu-central-1:111122223333:alias/mine")
	if hint := coded.Hint(err); !strings.Contains(hint, "alias") || !strings.Contains(hint, "ARN of the key itself") {
		t.Errorf("hint %q does not say to name the key itself", hint)
	}
}
