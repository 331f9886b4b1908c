package function

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	lambdaevents "github.com/aws/aws-lambda-go/events"

	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/metric"
)

// Request is a call of the HTTP API. [API Gateway guide, payload format 2.0]
type Request struct {
	Path  map[string]string // values of the route's {parameters}, decoded
	Query map[string]string // of a name that comes twice, the values with commas between
}

// Response is the answer. Body is sent as JSON; for another form it is a Raw.
type Response struct {
	Status int
	Body   any
}

// Raw is a body that is sent as it is.
type Raw struct {
	ContentType string
	Text        string
}

// Routes gives each endpoint of the function its handler.
type Routes map[deployment.Endpoint]func(context.Context, Request) (Response, error)

// HTTP answers calls of the HTTP API. No answer may be kept by anyone on the
// way: what was allowed may be refused a second later. Errors are answered as
// {"code", "field", "message", "hint"} with the status of their code; see
// docs/api.md. They are no failures of the invocation; those that are ours to
// mend (coded.Internal, coded.Retryable) are counted as metric.APIErrors. A
// decision that is answered with 503 is none of them, nor is coded.Pending: a
// tenant that is being set up is no failure.
func HTTP(h Host, routes Routes) Handler {
	byKey := map[string]func(context.Context, Request) (Response, error){}
	for e, handle := range routes {
		byKey[e.Method+" "+e.Path] = handle
	}
	return func(ctx context.Context, payload json.RawMessage) (any, error) {
		var in lambdaevents.APIGatewayV2HTTPRequest
		if err := json.Unmarshal(payload, &in); err != nil {
			return nil, coded.Wrap(coded.Internal, err, "the invocation is no call of the HTTP API")
		}
		handle, ok := byKey[in.RouteKey]
		if !ok {
			return h.problem(ctx, coded.New(coded.NotFound, "there is no %s", in.RouteKey)), nil
		}
		var out Response
		err := guarded(func() (err error) {
			out, err = handle(ctx, Request{Path: in.PathParameters, Query: in.QueryStringParameters})
			return err
		})
		if err != nil {
			return h.problem(ctx, err), nil
		}
		answer, err := reply(out)
		if err != nil {
			return h.problem(ctx, err), nil
		}
		return answer, nil
	}
}

// statuses of the codes, as docs/api.md has them.
var statuses = map[coded.Code]int{
	coded.Invalid: http.StatusBadRequest, coded.KeyAccess: http.StatusForbidden, coded.NotFound: http.StatusNotFound,
	coded.Conflict: http.StatusConflict, coded.Pending: http.StatusServiceUnavailable, coded.Retryable: http.StatusServiceUnavailable,
	coded.Internal: http.StatusInternalServerError,
}

// problem answers with an error. What is ours to mend is told in the log alone.
func (h Host) problem(ctx context.Context, err error) lambdaevents.APIGatewayV2HTTPResponse {
	code := coded.Of(err)
	body := map[string]string{"code": string(code), "message": "something went wrong on our side"}
	if said, ok := told(err); ok && code != coded.Internal {
		body["message"] = said.Message
		if said.Field != "" {
			body["field"] = said.Field
		}
		if hint := coded.Hint(err); hint != "" {
			body["hint"] = hint
		}
	}
	level := slog.LevelInfo
	if code == coded.Internal || code == coded.Retryable {
		level = slog.LevelError
		h.Metrics.Count(metric.APIErrors, 1)
	}
	h.Log.Log(ctx, level, "the call was refused", "error", err, "code", code)
	answer, _ := reply(Response{Status: statuses[code], Body: body}) // texts always marshal
	return answer
}

func reply(r Response) (lambdaevents.APIGatewayV2HTTPResponse, error) {
	out := lambdaevents.APIGatewayV2HTTPResponse{StatusCode: r.Status, Headers: map[string]string{
		"Cache-Control": "no-store", "Content-Type": "application/json", "X-Content-Type-Options": "nosniff",
	}}
	if raw, ok := r.Body.(Raw); ok {
		out.Headers["Content-Type"], out.Body = raw.ContentType, raw.Text
		return out, nil
	}
	body, err := json.Marshal(r.Body)
	if err != nil {
		return out, coded.Wrap(coded.Internal, err, "writing the answer")
	}
	out.Body = string(body)
	return out, nil
}
