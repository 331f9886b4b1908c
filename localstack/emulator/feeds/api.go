package feeds

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"latchkey/shared/coded"
)

// Route is a route of an HTTP API. [API Gateway guide, HTTP API routes]
type Route struct {
	Method, Path string // GET /tenants/{tenant}/context
	Function     string
}

// ParseRoute reads a route key, as the template has it.
func ParseRoute(key, function string) (Route, error) {
	method, path, ok := strings.Cut(key, " ")
	if !ok || !strings.HasPrefix(path, "/") || strings.Contains(path, "+}") {
		return Route{}, coded.Field("RouteKey", "write METHOD /path/{variable}", "%q is not supported", key)
	}
	return Route{Method: method, Path: path, Function: function}, nil
}

// API serves an HTTP API's routes by invoking their functions with events of
// payload format 2.0. It checks no IAM signature: who may call is not shown here.
// [API Gateway guide, Working with AWS Lambda proxy integrations for HTTP APIs]
type API struct {
	mux     *http.ServeMux
	invoker Invoker
	log     *slog.Logger
}

// NewAPI returns the handler of the routes.
func NewAPI(invoker Invoker, routes []Route, log *slog.Logger) *API {
	a := &API{mux: http.NewServeMux(), invoker: invoker, log: log}
	for _, r := range routes {
		a.mux.HandleFunc(r.Method+" "+r.Path, func(w http.ResponseWriter, req *http.Request) { a.serve(w, req, r) })
	}
	return a
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// maxRequest bounds a body. [API Gateway guide, Quotas for HTTP APIs: payload size 10 MB; Lambda's own limit is 6 MB]
const maxRequest = 6 << 20

func (a *API) serve(w http.ResponseWriter, r *http.Request, route Route) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		message(w, http.StatusRequestEntityTooLarge, "Request Too Long")
		return
	}
	event, err := json.Marshal(httpEvent(r, route, body))
	if err != nil {
		message(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	answer, failed, err := a.invoker.Invoke(r.Context(), route.Function, event)
	if err != nil || failed != "" {
		a.log.Warn("request failed", "function", route.Function, "error", err, "answer", string(answer))
		message(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	respond(w, answer)
}

func message(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": text}) // the client may have gone
}

// httpEvent is the event of payload format 2.0.
func httpEvent(r *http.Request, route Route, body []byte) map[string]any {
	now := time.Now().UTC()
	variables := map[string]string{}
	for _, part := range strings.Split(route.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			variables[name] = r.PathValue(name)
		}
	}
	address, _, _ := net.SplitHostPort(r.RemoteAddr)
	event := map[string]any{
		"version": "2.0", "routeKey": route.Method + " " + route.Path, "rawPath": r.URL.EscapedPath(), "rawQueryString": r.URL.RawQuery,
		"headers": joined(r.Header, strings.ToLower), "queryStringParameters": joined(r.URL.Query(), func(s string) string { return s }),
		"pathParameters": variables,
		"requestContext": map[string]any{
			"accountId": "anonymous", "apiId": "local", "domainName": r.Host, "stage": "$default", "requestId": rand.Text(),
			"routeKey": route.Method + " " + route.Path, "time": now.Format("02/Jan/2006:15:04:05 -0700"), "timeEpoch": now.UnixMilli(),
			"http": map[string]any{
				"method": r.Method, "path": r.URL.Path, "protocol": r.Proto, "sourceIp": address, "userAgent": r.UserAgent(),
			},
		},
		"isBase64Encoded": false,
	}
	if len(body) > 0 {
		event["body"] = string(body)
		if !utf8.Valid(body) {
			event["body"], event["isBase64Encoded"] = base64.StdEncoding.EncodeToString(body), true
		}
	}
	return event
}

// joined combines values of one name with commas, as API Gateway does.
func joined[M http.Header | url.Values](values M, name func(string) string) map[string]string {
	out := map[string]string{}
	for k, v := range values {
		out[name(k)] = strings.Join(v, ",")
	}
	return out
}

// respond writes a function's answer: one with a statusCode as it says, any
// other as a body of JSON.
func respond(w http.ResponseWriter, answer []byte) {
	var out struct {
		StatusCode      int               `json:"statusCode"`
		Headers         map[string]string `json:"headers"`
		Body            string            `json:"body"`
		IsBase64Encoded bool              `json:"isBase64Encoded"`
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.Unmarshal(answer, &out); err != nil || out.StatusCode == 0 {
		_, _ = w.Write(answer) // the client may have gone
		return
	}
	for k, v := range out.Headers {
		w.Header().Set(k, v)
	}
	body := []byte(out.Body)
	if out.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(out.Body)
		if err != nil {
			message(w, http.StatusInternalServerError, "Internal Server Error")
			return
		}
		body = decoded
	}
	w.WriteHeader(out.StatusCode)
	_, _ = w.Write(body)
}
