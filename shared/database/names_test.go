package database_test

import (
	"regexp"
	"strings"
	"testing"

	"latchkey/shared/database"
)

// instanceName is RDS's rule. [RDS API reference, CreateDBInstance]
var instanceName = regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)

func valid(name string) bool { return len(name) <= 63 && instanceName.MatchString(name) }

func TestID(t *testing.T) {
	for generation, want := range map[int]string{0: "acme/tracker", 1: "acme/tracker", 2: "acme/tracker/2", 10: "acme/tracker/10"} {
		if got := database.ID("acme", "tracker", generation); got != want {
			t.Errorf("ID(%d) = %q, want %q", generation, got, want)
		}
	}
}

func TestInstanceName(t *testing.T) {
	long := strings.Repeat("a-very-long-name-", 20)
	ids := []string{
		"acme/tracker", "acme/tracker/2", "acme-tracker", "acme--tracker", "acme/tracker-", "-acme/tracker", "a/cme-tracker",
		"ACME/tracker", "Acme/tracker", "shard/eu-central-1/platform/1", "shard/eu-central-1/platform/11", long, long + "x", long + "y",
		"", "/", "日本/東京", "日本/大阪", "1/2", "acme/tracker-r1",
	}
	seen := map[string]string{}
	for _, id := range ids {
		for _, generation := range []int{0, 1, 2, 12, 999_999} {
			name := database.InstanceName(id, generation)
			if !valid(name) {
				t.Errorf("InstanceName(%q, %d) = %q: not a name that RDS takes", id, generation, name)
			}
			what := id + "|" + strings.Repeat("r", min(generation, 20))
			if other, taken := seen[name]; taken {
				t.Errorf("%q is the name of %q and of %q", name, what, other)
			}
			seen[name] = what
			if again := database.InstanceName(id, generation); again != name {
				t.Errorf("InstanceName(%q, %d) = %q, then %q", id, generation, name, again)
			}
		}
	}
}

func FuzzInstanceName(f *testing.F) {
	f.Add("acme/tracker", "acme-tracker", 1)
	f.Add("--", "\x00", 0)
	f.Add(strings.Repeat("é", 100), "shard/us-east-1/aws-owned/3", 77)
	f.Fuzz(func(t *testing.T, a, b string, generation int) {
		generation &= 0xfffff
		na, nb := database.InstanceName(a, generation), database.InstanceName(b, generation)
		if !valid(na) || !valid(nb) {
			t.Fatalf("%q → %q, %q → %q: not names that RDS takes", a, na, b, nb)
		}
		if (na == nb) != (a == b) {
			t.Fatalf("%q and %q are both named %q", a, b, na)
		}
	})
}
