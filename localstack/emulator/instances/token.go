package instances

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Of tokens. [IAM guide, Create a signed AWS API request; RDS guide, IAM
// database authentication: a token is good for 15 minutes]
const (
	stamp        = "20060102T150405Z"
	maxLife      = 15 * time.Minute
	skew         = 5 * time.Minute // by which the signer's clock may be ahead
	emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

var errToken = errors.New("not a token to log in with")

// signer returns the access key that signed a token for a user at host:port, if
// it is such a token, is good at now, and bears the signature that the key's
// secret makes. No error shows the token.
func signer(token, at, region, user, secret string, now time.Time) (accessKey string, err error) {
	u, err := url.Parse("https://" + token)
	if err != nil || u.Host == "" {
		return "", errToken
	}
	q := u.Query()
	scope := strings.Split(q.Get("X-Amz-Credential"), "/")
	signed, err := time.Parse(stamp, q.Get("X-Amz-Date"))
	if err != nil || len(scope) != 5 || q.Get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" || q.Get("X-Amz-SignedHeaders") != "host" {
		return "", errToken
	}
	seconds, err := strconv.Atoi(q.Get("X-Amz-Expires"))
	life := time.Duration(seconds) * time.Second
	switch {
	case err != nil || life <= 0 || life > maxLife:
		return "", errToken
	case u.Host != at || q.Get("Action") != "connect" || q.Get("DBUser") != user:
		return "", fmt.Errorf("a token of %s at %s is for another user, host or port", user, at)
	case scope[2] != region || scope[3] != "rds-db":
		return "", fmt.Errorf("the token of %s at %s is signed for %s in %s", user, at, scope[3], scope[2])
	case now.Before(signed.Add(-skew)) || !now.Before(signed.Add(life)):
		return "", fmt.Errorf("the token of %s at %s was made at %s and is good for %s", user, at, signed.Format(time.RFC3339), life)
	}
	want, err := sign(u.Host, user, q, aws.Credentials{AccessKeyID: scope[0], SecretAccessKey: secret, SessionToken: q.Get("X-Amz-Security-Token")}, region, signed)
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(q.Get("X-Amz-Signature"))) != 1 {
		return "", fmt.Errorf("the token of %s at %s has a wrong signature", user, at)
	}
	return scope[0], nil
}

// sign returns the signature of such a token.
func sign(host, user string, q url.Values, credentials aws.Credentials, region string, at time.Time) (string, error) {
	ask := url.Values{"Action": {"connect"}, "DBUser": {user}, "X-Amz-Expires": {q.Get("X-Amz-Expires")}}
	req, err := http.NewRequest(http.MethodGet, "https://"+host+"/?"+ask.Encode(), nil)
	if err != nil {
		return "", errToken
	}
	made, _, err := v4.NewSigner().PresignHTTP(context.Background(), credentials, req, emptyPayload, "rds-db", region, at)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(made)
	if err != nil {
		return "", err
	}
	return u.Query().Get("X-Amz-Signature"), nil
}

// matches reports whether a resource is one that a policy names.
// [IAM guide, Policy elements: Resource, wildcards]
func matches(pattern, resource string) bool {
	expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	ok, err := regexp.MatchString("^"+expression+"$", resource)
	return err == nil && ok
}
