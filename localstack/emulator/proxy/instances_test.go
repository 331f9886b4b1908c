package proxy_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/localstack/emulator/proxy"
	"latchkey/shared/secrets"
)

// played returns what a proxy makes of an emulator's answer.
func played(t *testing.T, i proxy.Instances, service, action, answer string) *httptest.ResponseRecorder {
	t.Helper()
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, answer) }))
	defer behind.Close()
	p, err := proxy.New(proxy.Options{Emulator: behind.URL})
	if err != nil {
		t.Fatal(err)
	}
	p.PlayInstances(i)
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x/20250101/eu-central-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	req.Header.Set("X-Amz-Target", "service."+action)
	got := httptest.NewRecorder()
	p.ServeHTTP(got, req)
	if n := got.Result().ContentLength; n != int64(got.Body.Len()) {
		t.Errorf("%d bytes are announced, and %d come", n, got.Body.Len())
	}
	return got
}

// TestProxy_Port holds that the endpoints of RDS's answers, and nothing else in
// them, get the port of the instances.
func TestProxy_Port(t *testing.T) {
	const answer = `<R><DBInstance><Port>5432</Port><Endpoint><Address>a</Address><Port>%[1]s</Port></Endpoint></DBInstance>` +
		`<DBInstance><Endpoint><Address>b</Address><Port>%[1]s</Port></Endpoint><Text>5432</Text></DBInstance></R>`
	for _, c := range []struct {
		name, service string
		port          int
		want          string
	}{
		{"none are played", "rds", 0, "5432"},
		{"RDS", "rds", 40123, "40123"},
		{"another service", "sqs", 40123, "5432"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := played(t, proxy.Instances{Port: c.port}, c.service, "DescribeDBInstances", fmt.Sprintf(answer, "5432"))
			if want := fmt.Sprintf(answer, c.want); got.Body.String() != want {
				t.Errorf("got %s", got.Body)
			}
		})
	}
}

// TestProxy_Secret holds that a secret that RDS manages, and no other, holds the
// login of its instance's master user.
func TestProxy_Secret(t *testing.T) {
	const managed = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1-AbCdEf"
	own := proxy.Instances{Port: 1, Master: func(arn string) secrets.Credentials {
		return secrets.Credentials{Username: "latchkey", Password: secrets.NewValue("of " + arn)}
	}}
	for _, c := range []struct{ name, arn, want string }{
		{"managed by RDS", managed, `{"password":"of ` + managed + `","username":"latchkey"}`},
		{"of somebody", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mine-AbCdEf", `{"username":"admin"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer, err := json.Marshal(map[string]string{"ARN": c.arn, "Name": "n", "SecretString": `{"username":"admin"}`})
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ ARN, Name, SecretString string }
			if err := json.Unmarshal(played(t, own, "secretsmanager", "GetSecretValue", string(answer)).Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got.ARN != c.arn || got.Name != "n" || got.SecretString != c.want {
				t.Errorf("got %+v", got)
			}
		})
	}
}
