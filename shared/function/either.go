package function

import (
	"context"
	"encoding/json"

	"latchkey/shared/coded"
)

// Origin is what started a function.
type Origin string

// The origins that Either tells apart.
const (
	FromQueue  Origin = "aws:sqs"
	FromStream Origin = "aws:dynamodb"
	FromHTTP   Origin = "http"
	FromClock  Origin = "schedule" // an object that is none of the others
)

// Either gives each invocation to the handler of its origin, for a function that
// more than one thing starts.
func Either(handlers map[Origin]Handler) Handler {
	return func(ctx context.Context, payload json.RawMessage) (any, error) {
		origin := originOf(payload)
		handle, ok := handlers[origin]
		if !ok {
			return nil, coded.New(coded.Internal, "nothing of this function is started by %q", origin)
		}
		return handle(ctx, payload)
	}
}

// originOf tells by the shape of the event: batches have records that name their
// source, calls of the HTTP API have a route. [Lambda guide, Using Lambda with
// Amazon SQS, with DynamoDB; API Gateway guide, payload format 2.0]
func originOf(payload []byte) Origin {
	var shape struct {
		Records []struct {
			EventSource Origin `json:"eventSource"`
		} `json:"Records"`
		RouteKey string `json:"routeKey"`
	}
	switch err := json.Unmarshal(payload, &shape); {
	case err != nil:
		return ""
	case len(shape.Records) > 0:
		return shape.Records[0].EventSource
	case shape.Records != nil:
		return ""
	case shape.RouteKey != "":
		return FromHTTP
	}
	return FromClock
}
