package secrets_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"latchkey/shared/secrets"
)

func TestValue_Hidden(t *testing.T) {
	const secret = "planted-s3cret"
	c := secrets.Credentials{Username: "latchkey", Password: secrets.NewValue(secret)}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("read", "login", c, "password", c.Password, "pointer", &c)
	slog.New(slog.NewTextHandler(&log, nil)).Info("read", "login", c, "password", c.Password, "pointer", &c)
	marshalled, err := json.Marshal(map[string]any{"login": c, "password": c.Password, "pointer": &c.Password})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"v": fmt.Sprintf("%v %v", c, c.Password), "plus v": fmt.Sprintf("%+v %+v", c, &c), "go": fmt.Sprintf("%#v %#v", c, c.Password),
		"s": fmt.Sprintf("%s %q %x", c.Password, c.Password, c.Password), "json": string(marshalled), "log": log.String(),
		"error": fmt.Errorf("with %v", c.Password).Error(),
	} {
		if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
			t.Errorf("%s shows it: %s", name, text)
		}
	}
	if c.Password.Reveal() != secret || c.Password.Empty() || !(secrets.Value{}).Empty() {
		t.Error("the value is lost")
	}
}
