package logging_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"latchkey/shared/function/logging"
)

func TestLogger(t *testing.T) {
	outer := logging.With(context.Background(), slog.String(logging.Request, "r-1"), slog.String(logging.Tenant, ""))
	inner := logging.With(outer, slog.String(logging.Tenant, "acme"), slog.String(logging.Request, "r-2"))
	for _, c := range []struct {
		name string
		ctx  context.Context
		with func(*slog.Logger) *slog.Logger
		want map[string]string
	}{
		{"nothing known", context.Background(), nil, map[string]string{"requestId": "", "tenant": ""}},
		{"empty left out", outer, nil, map[string]string{"requestId": "r-1", "tenant": ""}},
		{"replaced", inner, nil, map[string]string{"requestId": "r-2", "tenant": "acme"}},
		{"beside others", outer, func(l *slog.Logger) *slog.Logger { return l.With("lane", "keys") }, map[string]string{"requestId": "r-1", "lane": "keys"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			log := logging.New(&out, slog.LevelInfo, "sweep")
			if c.with != nil {
				log = c.with(log)
			}
			log.DebugContext(c.ctx, "too quiet")
			log.InfoContext(c.ctx, "hello", "n", 1)
			if strings.Count(out.String(), "\n") != 1 {
				t.Fatalf("wrote %s", out.String())
			}
			var got map[string]any
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got["function"] != "sweep" || got["msg"] != "hello" || got["level"] != "INFO" || got["n"] != 1.0 {
				t.Errorf("record %v", got)
			}
			for name, want := range c.want {
				if have, ok := got[name]; ok != (want != "") || ok && have != want {
					t.Errorf("%s is %v, want %q", name, have, want)
				}
			}
			if strings.Count(out.String(), `"requestId"`) > 1 {
				t.Errorf("twice: %s", out.String())
			}
		})
	}
}

// A context that two goroutines go on with is not shared between them.
func TestWith_Branches(t *testing.T) {
	root := logging.With(context.Background(), slog.String("a", "1"), slog.String("b", "2"))
	left := logging.With(root, slog.String("c", "left"))
	_ = logging.With(root, slog.String("c", "right"))
	var out bytes.Buffer
	logging.New(&out, slog.LevelInfo, "f").InfoContext(left, "x")
	if !strings.Contains(out.String(), `"c":"left"`) {
		t.Error(out.String())
	}
}
