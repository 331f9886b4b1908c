package proxy

import (
	"net/http"
	"net/url"
	"strings"
)

// Call is who asks which service for what. Role is the access key id that the
// request is signed with: the local runtime gives each function its role's name.
type Call struct{ Role, Region, Service, Action string }

// identify reads a call off a request. The credential scope names caller, Region
// and service; the action is in X-Amz-Target (JSON protocols), in the form
// (Query protocol), or follows from method and path (REST).
// [IAM guide, Create a signed AWS API request]
func identify(r *http.Request, body []byte) Call {
	var c Call
	if _, rest, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		scope, _, _ := strings.Cut(rest, ",")
		if parts := strings.Split(strings.TrimSpace(scope), "/"); len(parts) == 5 {
			c.Role, c.Region, c.Service = parts[0], parts[2], parts[3]
		}
	}
	c.Action = action(r, c.Service, body)
	return c
}

func action(r *http.Request, service string, body []byte) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndexByte(target, '.')+1:]
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
			return form.Get("Action")
		}
	}
	if _, ok := invoked(r); ok && service == "lambda" {
		return "Invoke"
	}
	return r.Method
}

// invoked returns the name of the function that a request invokes.
// [Lambda API reference, Invoke]
func invoked(r *http.Request) (name string, ok bool) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/")
	if !ok || r.Method != http.MethodPost {
		return "", false
	}
	name, ok = strings.CutSuffix(rest, "/invocations")
	if i := strings.LastIndex(name, ":function:"); i >= 0 {
		name = name[i+len(":function:"):]
	}
	name, _, _ = strings.Cut(name, ":") // a qualifier: there is only $LATEST here
	return name, ok && name != ""
}
