package inside_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"latchkey/shared/coded"
	"latchkey/shared/inside"
)

func TestHandle_UnknownOp(t *testing.T) {
	for _, op := range []inside.Op{"", "Fence", "bootstrap"} {
		err := inside.Handle(context.Background(), nil, inside.Request{Op: op}).Err()
		if !coded.Is(err, coded.Invalid) || coded.Hint(err) == "" {
			t.Errorf("%q: %v", op, err)
		}
	}
}

func TestAnswer_JSON(t *testing.T) {
	done, err := json.Marshal(inside.Answer{})
	if err != nil || string(done) != "{}" {
		t.Errorf("done is %s, %v", done, err)
	}
	var answer inside.Answer
	const failed = `{"failure":{"code":"internal","reason":"bootstrap-needed","message":"m","hint":"h","cause":"c"}}`
	if err := json.Unmarshal([]byte(failed), &answer); err != nil {
		t.Fatal(err)
	}
	if err := answer.Err(); !errors.Is(err, inside.ErrNoFenceRole) || err.Error() != "m: c" || coded.Hint(err) != "h" {
		t.Errorf("got %v", err)
	}
	if out, err := json.Marshal(answer); err != nil || string(out) != failed {
		t.Errorf("became %s, %v", out, err)
	}
}
