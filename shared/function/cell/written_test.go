package cell_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/shared/catalog"
	"latchkey/shared/coded"
	"latchkey/shared/function/cell"
)

// written is the stream's record of a key, due at a time.
func written(at time.Time, keys ...catalog.Key) string {
	var records []string
	for i, k := range keys {
		records = append(records, fmt.Sprintf(`{"eventSource":"aws:dynamodb","dynamodb":{"SequenceNumber":"%d","Keys":{"pk":{"S":%q},"sk":{"S":%q}},
			"NewImage":{"dueAt":{"N":"%d"}}}}`, i+1, k.Part, k.Sort, at.UnixMicro()))
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

func TestWritten(t *testing.T) {
	for _, c := range []struct {
		name    string
		at      time.Time
		stepped bool
	}{{"due", epoch, true}, {"due later", epoch.Add(time.Hour), false}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			key := w.tenant("acme")
			answer, err := w.invoke(cell.Written(w.host, w.plane), written(c.at, key, key))
			if err != nil || answer != `{"batchItemFailures":[]}` {
				t.Fatalf("= %s, %v", answer, err)
			}
			if stepped := w.version(key) > 1; stepped != c.stepped {
				t.Errorf("stepped: %v", stepped)
			}
		})
	}
}

// A step that fails is the sweep's: the stream does not bring the record again.
func TestWritten_Fails(t *testing.T) {
	down := &broken{}
	w := newWorld(t, down.wrap)
	key := w.tenant("acme")
	down.err = coded.New(coded.Retryable, "throttled")
	if answer, err := w.invoke(cell.Written(w.host, w.plane), written(epoch, key)); err != nil || answer != `{"batchItemFailures":[]}` {
		t.Errorf("= %s, %v", answer, err)
	}
}
