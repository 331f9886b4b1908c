package emulator

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"latchkey/events"
	"latchkey/localstack/emulator/proxy"
	"latchkey/localstack/emulator/template"
	"latchkey/shared/coded"
)

// Put puts one event on a bus, through the proxy, as whoever sends it would:
// the commerce system, an AWS service (bus "default"), or a customer's rule that
// forwards (the intake bus). The envelope's Account is where it comes from. It
// returns the id that the emulator gave it.
func (s *Stack) Put(ctx context.Context, region, bus string, env events.Envelope) (id string, err error) {
	cfg := template.Config(s.ProxyURL, region, "sender")
	client := eventbridge.NewFromConfig(cfg, func(o *eventbridge.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			if env.Account == "" {
				return nil
			}
			return smithyhttp.SetHeaderValue(proxy.OriginHeader, env.Account)(stack)
		})
	})
	detail := string(env.Detail)
	out, err := client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
		EventBusName: &bus, Source: &env.Source, DetailType: &env.DetailType, Detail: &detail, Resources: env.Resources, Time: &env.Time,
	}}})
	if err != nil {
		return "", coded.Wrap(coded.Internal, err, "putting %s on %s", env.DetailType, bus)
	}
	if len(out.Entries) != 1 || out.FailedEntryCount != 0 {
		return "", coded.New(coded.Internal, "%s was not taken by %s", env.DetailType, bus)
	}
	return aws.ToString(out.Entries[0].EventId), nil
}
