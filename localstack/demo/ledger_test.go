package demo

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"strings"
	"testing"

	"latchkey/shared/coded"
	"latchkey/shared/objects"
)

// tamper changes one log file on its way into the trail's bucket.
type tamper struct {
	objects.Store
	seen int
	edit func(content string) string
}

func (t *tamper) Put(ctx context.Context, bucket, key string, body []byte, opt objects.Options) (objects.Info, error) {
	if strings.HasPrefix(key, "AWSLogs/") && strings.Contains(key, "_CloudTrail_") {
		if t.seen++; t.seen == 40 {
			body = zip(t.edit(unzip(body)))
		}
	}
	return t.Store.Put(ctx, bucket, key, body, opt)
}

func unzip(b []byte) string {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		panic(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func zip(text string) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = io.WriteString(w, text) // into memory
	_ = w.Close()
	return out.Bytes()
}

func TestRun_BrokenLedger(t *testing.T) {
	t.Parallel()
	tampered := func(edit func(string) string) flaws {
		return flaws{objects: func(s objects.Store) objects.Store { return &tamper{Store: s, edit: edit} }}
	}
	for _, c := range []struct {
		name  string
		flaws flaws
		want  []promise
	}{
		{"a call is cut out of a log file", tampered(func(s string) string {
			first := strings.Index(s, "},{\"eventVersion\"")
			return `{"Records":[` + s[first+2:]
		}), []promise{usageWhole, usageProved}},
		{"a byte is added to a log file", tampered(func(s string) string { return s + " " }), []promise{usageProved}},
		{"a key is used while it is revoked", flaws{linger: true}, []promise{usageNever}},
		{"everybody is expected", flaws{known: []string{"arn:*"}}, []promise{usageFound}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := Run(context.Background(), Options{Tenants: MinTenants, JSON: true, Out: &out, flaws: c.flaws})
			if coded.Of(err) != coded.Internal {
				t.Fatalf("Run = %v", err)
			}
			broken, _ := report(t, out.String())["broken"].([]any)
			if len(broken) != len(c.want) {
				t.Errorf("%d promises are broken, %d should be: %v", len(broken), len(c.want), broken)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), promised[want]) {
					t.Errorf("not said to be broken: %s", promised[want])
				}
			}
		})
	}
}
