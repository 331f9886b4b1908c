package keyusage_test

import (
	"strings"
	"testing"

	"latchkey/shared/keyusage"
)

func TestLedger_Add_reEncrypt(t *testing.T) {
	const idB = "bbbbabcd-12ab-34cd-56ef-1234567890ab"
	ab, ba := []string{keyA, keyB}, []string{keyB, keyA}
	for name, c := range map[string]struct {
		from, to  string
		resources []string
	}{
		"from by ARN, to by alias":           {keyA, "alias/b", ab},
		"from by ARN, to by alias, reversed": {keyA, "alias/b", ba},
		"to by id":                           {"", idB, ab},
		"to by id, reversed":                 {"", idB, ba},
		"by ARNs":                            {keyA, keyB, ab},
		"by ARNs, reversed":                  {keyA, keyB, ba},
		"from by alias, to by ARN":           {"alias/a", keyB, ab},
		"from by alias, to by ARN, reversed": {"alias/a", keyB, ba},
		"from by alias, to by id, reversed":  {"alias/a", idB, ba},
		"from by alias with the other's id":  {"alias/" + idB, keyB, ba},
		"by aliases":                         {"alias/a", "alias/b", ab},
		"not named":                          {"", "", ab},
		"one resource, to by ARN":            {"", keyB, []string{keyA}},
		"one resource, from by ARN":          {keyA, "alias/b", []string{keyB}},
		"no resources":                       {keyA, keyB, nil},
		"other resources":                    {keyA, "alias/b", []string{"arn:aws:iam::1:role/x", keyB, keyA, platform}},
	} {
		t.Run(name, func(t *testing.T) {
			var arns []string
			for _, arn := range c.resources {
				arns = append(arns, `{"ARN":"`+arn+`"}`)
			}
			got := rollups(t, twoTenants(), `"eventName":"ReEncrypt","requestParameters":{"sourceKeyId":"`+c.from+`","destinationKeyId":"`+c.to+`",`+
				`"sourceEncryptionContext":{"aws:rds:db-id":"db-A1"},"destinationEncryptionContext":{"aws:rds:db-id":"db-B1"}},`+
				`"resources":[`+strings.Join(arns, ",")+`]`)
			if len(got) != 2 {
				t.Fatalf("%d uses, want 2: %+v", len(got), got)
			}
			from, to := got[0], got[1]
			if from.Operation != keyusage.ReEncryptFrom || from.KeyARN != keyA || from.Database != "a-1" || from.Foreign != "" {
				t.Errorf("from %+v", from)
			}
			if to.Operation != keyusage.ReEncryptTo || to.KeyARN != keyB || to.Database != "b-1" || to.Foreign != "" {
				t.Errorf("to %+v", to)
			}
		})
	}
}

// A ReEncrypt of one key, which resources lists twice.
func TestLedger_Add_reEncryptSameKey(t *testing.T) {
	got := rollups(t, twoTenants(), `"eventName":"ReEncrypt","requestParameters":{"sourceKeyId":"`+keyA+`","destinationKeyId":"alias/unheard-of"},`+
		`"resources":[{"ARN":"`+keyA+`"},{"ARN":"`+keyA+`"}]`)
	if len(got) != 2 || got[0].KeyARN != keyA || got[1].KeyARN != keyA {
		t.Errorf("%+v", got)
	}
}
