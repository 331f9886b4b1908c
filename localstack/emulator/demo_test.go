package emulator_test

import (
	"bytes"
	"strings"
	"testing"

	"latchkey/localstack/emulator/story"
	"latchkey/shared/coded"
)

// TestStory plays the demo, and then again on the same stack, where its tenant
// is there already and locked: the demo has to notice.
func TestStory(t *testing.T) {
	w := up(t)
	o := story.Options{Region: home}
	var first, second bytes.Buffer
	o.Out = &first
	if err := story.Run(w.ctx, w.Stack, o); err != nil || !strings.HasSuffix(first.String(), "\nall as designed\n") || strings.Contains(first.String(), "WRONG") {
		t.Errorf("%v\n%s", err, first.String())
	}
	o.Out = &second
	if err := story.Run(w.ctx, w.Stack, o); !coded.Is(err, coded.Internal) || !strings.Contains(second.String(), "WRONG  encrypted under the customer's key") {
		t.Errorf("again: %v\n%s", err, second.String())
	}
	o.Region = "mars-north-1"
	if err := story.Run(w.ctx, w.Stack, o); !coded.Is(err, coded.Invalid) {
		t.Errorf("elsewhere: %v", err)
	}
}
