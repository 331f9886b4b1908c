package proxy

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"latchkey/shared/secrets"
)

// Rewrite is what the proxy changes in the emulator's answers.
type Rewrite struct{ Name, Reason string }

// Rewrites returns all of them. They are in force where instances are played.
func Rewrites() []Rewrite {
	return []Rewrite{
		{"port-of-instances", "moto gives each instance port 5432, where nothing listens, or some other PostgreSQL; the local stack's share one free port"},
		{"managed-secret", "moto puts user admin and the same password into the secret of every master user; RDS puts the instance's master user and a password of its own"},
	}
}

// Instances are what is behind the endpoints of RDS's instances.
type Instances struct {
	Port int
	// Master returns what is in the secret that RDS manages for a master user.
	Master func(secretARN string) secrets.Credentials
}

// PlayInstances has the answers of RDS and of Secrets Manager lead to them from
// now on.
func (p *Proxy) PlayInstances(i Instances) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.played = i
}

// answered sees every answer of the emulator before its caller does.
func (p *Proxy) answered(res *http.Response) error {
	if err := p.origin.learn(res); err != nil {
		return err
	}
	p.mu.Lock()
	played := p.played
	p.mu.Unlock()
	if played.Port == 0 || res.StatusCode != http.StatusOK {
		return nil
	}
	switch c := identify(res.Request, nil); {
	case c.Service == "rds":
		return change(res, played.movePort)
	case c.Service == "secretsmanager" && c.Action == "GetSecretValue":
		return change(res, played.fillSecret)
	}
	return nil
}

// change replaces the body of an answer.
func change(res *http.Response, f func([]byte) []byte) error {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return err
	}
	res.Body.Close()
	body = f(body)
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.ContentLength = int64(len(body))
	res.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// endpointPort is the port of an instance's endpoint, in an answer of RDS.
// [RDS API reference, Endpoint]
var endpointPort = regexp.MustCompile(`(?s)(<Endpoint>.{0,600}?<Port>)5432(</Port>)`)

func (i Instances) movePort(body []byte) []byte {
	return endpointPort.ReplaceAll(body, []byte("${1}"+strconv.Itoa(i.Port)+"${2}"))
}

// fillSecret gives a secret that RDS manages what RDS would put there.
// [Secrets Manager guide, Secrets managed by other services; RDS guide, Password
// management with AWS Secrets Manager]
func (i Instances) fillSecret(body []byte) []byte {
	var answer map[string]json.RawMessage
	var arn string
	if json.Unmarshal(body, &answer) != nil || json.Unmarshal(answer["ARN"], &arn) != nil || !strings.Contains(arn, ":secret:rds!db-") {
		return body
	}
	login := i.Master(arn)
	text, err := json.Marshal(map[string]string{"username": login.Username, "password": login.Password.Reveal()})
	if err != nil {
		return body
	}
	answer["SecretString"], _ = json.Marshal(string(text)) // a string always marshals
	if text, err = json.Marshal(answer); err != nil {
		return body
	}
	return text
}
