// Package awsclient is the one place that loads the SDK's configuration. Every
// client is made of what Load returns, once per cold start, so all have the same
// region, endpoint, retries, time-outs and instrumentation.
//
// The endpoint is the service's own, or AWS_ENDPOINT_URL, which the SDK reads.
// [SDKs and Tools guide, Service-specific endpoints]
package awsclient

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/middleware"

	"latchkey/shared/coded"
)

// Options say how long and how often a call is tried. A zero field takes its default.
type Options struct {
	Region     string        // default: AWS_REGION, which Lambda sets
	Attempts   int           // tries of one call, the first included; default 4
	Attempt    time.Duration // time of one try; default 5 s
	MaxBackoff time.Duration // longest wait between two tries; default 2 s
	Call       time.Duration // time of one call with all its tries; default 15 s
	// Reserve is what a call leaves of the time until the caller's own deadline,
	// so that a function can still answer and report its failed messages before
	// Lambda ends it; default 500 ms.
	Reserve time.Duration
	// Instrument adds to each client's middleware, as X-Ray's does; default: nothing.
	Instrument func(*[]func(*middleware.Stack) error)
}

// retryBudget is how many tokens the failed calls of one client may use up
// before no call is tried again; a success on the first try gives one back, a
// retry takes retryCost. It keeps an outage from being multiplied by Attempts.
const (
	retryBudget = 200
	retryCost   = 5
)

// WithDefaults returns the options with every zero field set, or an error that
// names each field out of range.
func (o Options) WithDefaults() (Options, error) {
	if o.Attempts == 0 {
		o.Attempts = 4
	}
	var errs []error
	if o.Attempts < 1 || o.Attempts > 10 {
		errs = append(errs, coded.Field("attempts", "1 … 10", "%d tries", o.Attempts))
	}
	for _, d := range []struct {
		field    string
		value    *time.Duration
		byDef    time.Duration
		from, to time.Duration
	}{
		{"attempt", &o.Attempt, 5 * time.Second, time.Millisecond, time.Minute},
		{"maxBackoff", &o.MaxBackoff, 2 * time.Second, time.Millisecond, time.Minute},
		{"call", &o.Call, 15 * time.Second, time.Millisecond, 15 * time.Minute},
		{"reserve", &o.Reserve, 500 * time.Millisecond, time.Millisecond, time.Minute},
	} {
		if *d.value == 0 {
			*d.value = d.byDef
		}
		if *d.value < d.from || *d.value > d.to {
			errs = append(errs, coded.Field(d.field, d.from.String()+" … "+d.to.String(), "%s is out of range", *d.value))
		}
	}
	return o, errors.Join(errs...)
}

// Load reads the environment and returns the configuration for every client.
func Load(ctx context.Context, o Options) (aws.Config, error) {
	o, err := o.WithDefaults()
	if err != nil {
		return aws.Config{}, err
	}
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithRegion(o.Region),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(o.Attempt)),
		config.WithRetryer(o.retryer),
		config.WithAPIOptions([]func(*middleware.Stack) error{o.addDeadline}),
	)
	if err != nil {
		return aws.Config{}, coded.Wrap(coded.Internal, err, "loading the configuration of AWS")
	}
	if cfg.Region == "" {
		return aws.Config{}, coded.Field("AWS_REGION", "set it to the cell's region, for example eu-central-1", "no region")
	}
	if o.Instrument != nil {
		o.Instrument(&cfg.APIOptions)
	}
	return cfg, nil
}

// retryer makes one client's retryer: adaptive, so that a client which is being
// throttled slows itself down. [SDKs and Tools guide, Retry behavior]
func (o Options) retryer() aws.Retryer {
	return retry.NewAdaptiveMode(func(a *retry.AdaptiveModeOptions) {
		a.StandardOptions = append(a.StandardOptions, func(s *retry.StandardOptions) {
			s.MaxAttempts = o.Attempts
			s.MaxBackoff = o.MaxBackoff
			s.RateLimiter = ratelimit.NewTokenRateLimit(retryBudget)
			s.RetryCost, s.RetryTimeoutCost = retryCost, retryCost
		})
	})
}
