package instances

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
)

// TestSigner takes tokens that AWS's own SDK makes, and refuses every change of
// what they say.
func TestSigner(t *testing.T) {
	const at, user, region, secret = "lk-a.x.eu-central-1.rds.amazonaws.com:4711", "t_a", "eu-central-1", "local"
	token := func(at, region, user, secret, session string) string {
		s, err := auth.BuildAuthToken(context.Background(), at, region, user, credentials.NewStaticCredentialsProvider("role-of-fence", secret, session))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	good, now := token(at, region, user, secret, ""), time.Now()
	for _, c := range []struct {
		name, token string
		now         time.Time
		ok          bool
	}{
		{"good", good, now, true},
		{"of a session", token(at, region, user, secret, "session"), now, true},
		{"after 14 minutes", good, now.Add(14 * time.Minute), true},
		{"after 15 minutes", good, now.Add(15*time.Minute + time.Second), false},
		{"an hour early", good, now.Add(-time.Hour), false},
		{"of another secret", token(at, region, user, "other", ""), now, false},
		{"for another user", token(at, region, "t_b", secret, ""), now, false},
		{"for another port", token(strings.Replace(at, "4711", "5432", 1), region, user, secret, ""), now, false},
		{"for another instance", token("lk-b.x.eu-central-1.rds.amazonaws.com:4711", region, user, secret, ""), now, false},
		{"for another Region", token(at, "us-east-1", user, secret, ""), now, false},
		{"another user put in", strings.Replace(token(at, region, "t_b", secret, ""), "DBUser=t_b", "DBUser=t_a", 1), now, false},
		{"a longer life put in", strings.Replace(good, "X-Amz-Expires=900", "X-Amz-Expires=9000", 1), now, false},
		{"another role put in", strings.Replace(good, "role-of-fence", "role-of-other", 1), now, false},
		{"an action put in", strings.Replace(good, "Action=connect", "Action=other", 1), now, false},
		{"no signature", good[:strings.Index(good, "&X-Amz-Signature")], now, false},
		{"a password", "secret", now, false},
		{"nothing", "", now, false},
		{"no URL", "%zz", now, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			key, err := signer(c.token, at, region, user, secret, c.now)
			if (err == nil) != c.ok || c.ok && key != "role-of-fence" {
				t.Errorf("%q, %v", key, err)
			}
			if err != nil && c.token != "" && strings.Contains(err.Error(), c.token) {
				t.Errorf("the token shows: %v", err)
			}
		})
	}
}

func TestMatches(t *testing.T) {
	const resource = "arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-1/t_a"
	for pattern, want := range map[string]bool{
		resource: true,
		"arn:aws:rds-db:eu-central-1:123456789012:dbuser:*/t_*":    true,
		"arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-?/t_a": true,
		"*": true,
		"arn:aws:rds-db:eu-central-1:123456789012:dbuser:*/latchkey_fence": false,
		"arn:aws:rds-db:us-east-1:123456789012:dbuser:*/t_*":               false,
		"dbuser:db-1/t_a": false,
		"arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-1/t_": false,
	} {
		if matches(pattern, resource) != want {
			t.Errorf("%s: want %t", pattern, want)
		}
	}
}
