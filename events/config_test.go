package events

import (
	"errors"
	"strings"
	"testing"
)

func TestConfig_CommerceSource(t *testing.T) {
	cfg := Config{CommerceSource: "shop.example"}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	c := NewContract(cfg)
	env := sample(t, "tenant-created")
	if _, err := c.Parse(env); !errors.Is(err, ErrUnknown) {
		t.Errorf("the default source is still known: %v", err)
	}
	env.Source = "shop.example"
	if _, err := c.Parse(env); err != nil {
		t.Error(err)
	}
	if _, err := Parse(env); !errors.Is(err, ErrUnknown) {
		t.Errorf("the default contract changed: %v", err)
	}
	table, err := NewTable(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if routes := table.Match(env); len(routes) != 1 || routes[0].Function != FunctionProvision {
		t.Errorf("routes %v", routes)
	}
}

func TestConfig_Validate(t *testing.T) {
	for _, source := range []string{"aws.rds", SourceLatchkey, SourceOperator, "with space", strings.Repeat("a", 257)} {
		_, err := NewTable(Config{CommerceSource: source})
		wantField(t, err, "CommerceSource")
	}
}
