// Package tracing sends what a function spends its time on to AWS X-Ray. It is
// the only importer of X-Ray's SDK, whose maintainers point to OpenTelemetry for
// new work: whoever replaces it changes this package alone.
//
// Nothing here ever fails a call. Where there is no trace (a test, a local run)
// no segment is made; where there is no daemon, segments are lost and the SDK
// says so in the log, at debug level.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/aws/aws-xray-sdk-go/v2/instrumentation/awsv2"
	"github.com/aws/aws-xray-sdk-go/v2/strategy/ctxmissing"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"
	"github.com/aws/smithy-go/middleware"
)

// Configure sets X-Ray up for the process: its messages go to log, and a call
// outside of a trace is none of its business. Call it once, before the first
// client is made.
func Configure(log *slog.Logger) error {
	xray.SetLogger(bridge{log})
	if err := xray.Configure(xray.Config{ContextMissingStrategy: ctxmissing.NewDefaultIgnoreErrorStrategy()}); err != nil {
		return fmt.Errorf("configuring X-Ray: %w", err)
	}
	return nil
}

// Instrument makes a subsegment of each call of the SDK, named after the
// service, with operation, Region, status and request id. It is a hook for
// awsclient.Options.Instrument.
func Instrument(options *[]func(*middleware.Stack) error) {
	var of []func(*middleware.Stack) error
	awsv2.AWSV2Instrumentor(&of)
	*options = append(*options, func(stack *middleware.Stack) error {
		for _, add := range of {
			if err := add(stack); err != nil {
				return err
			}
		}
		return nil
	})
}

// ID returns the id of the trace that the invocation belongs to,
// "1-5759e988-bd862e3fe1be46a994272793", or "" outside of one.
// [X-Ray guide, Tracing header]
func ID(ctx context.Context) string {
	header, _ := ctx.Value(xray.LambdaTraceHeaderKey).(string)
	for part := range strings.SplitSeq(header, ";") {
		if id, ok := strings.CutPrefix(strings.TrimSpace(part), "Root="); ok {
			return id
		}
	}
	return ""
}

// bridge gives X-Ray's messages to slog. Its errors are about lost traces, not
// about the function's work: they come at debug level.
type bridge struct{ log *slog.Logger }

// Log implements xraylog.Logger. The SDK's own debug messages, several for each
// segment, are left out.
func (b bridge) Log(level xraylog.LogLevel, message fmt.Stringer) {
	if level <= xraylog.LogLevelInfo || !b.log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	b.log.Debug("x-ray: "+message.String(), "xrayLevel", level.String())
}
