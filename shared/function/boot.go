package function

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"latchkey/shared/aws/awsclient"
	"latchkey/shared/aws/tracing"
	"latchkey/shared/clock"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/function/emf"
	"latchkey/shared/function/logging"
)

// Boot makes a function's Env out of its environment. Metrics go to out and the
// log goes to errs. The error holds every problem of the configuration; see
// Set.Err.
func Boot[C any, P Config[C]](ctx context.Context, name string, environ []string, out, errs io.Writer) (Env[C], error) {
	fn, ok := deployment.Find(name)
	if !ok {
		return Env[C]{}, coded.New(coded.Internal, "no function is called %q; see shared/deployment", name)
	}
	var (
		env   Env[C]
		level slog.Level
		set   = NewSet(environ)
	)
	P(&env.Config).Bind(set)
	set.level(&level)
	cfg, err := awsclient.Load(ctx, ClientOptions(fn.Timeout))
	if err = errors.Join(set.Err(), err); err != nil {
		return Env[C]{}, err
	}
	log := logging.New(errs, level, name)
	if err := tracing.Configure(log); err != nil {
		return Env[C]{}, err
	}
	c := clock.System{}
	env.Host = Host{
		Name: name, Region: cfg.Region, AWS: cfg, Log: log, Clock: c, Metrics: emf.New(out, c, name),
		Limits: limitsOf(fn.Timeout),
	}
	return env, nil
}

// ClientOptions are those of Host.AWS: a call, with all its tries, stays well
// under the time-out of the function.
func ClientOptions(timeout time.Duration) awsclient.Options {
	return awsclient.Options{
		Attempt:    min(5*time.Second, timeout/4),
		Call:       min(15*time.Second, timeout*3/5),
		Reserve:    answerReserve / 2,
		Instrument: tracing.Instrument,
	}
}

// refuse logs every problem of an error, one record each.
func refuse(name string, w io.Writer, err error) {
	log := logging.New(w, slog.LevelInfo, name)
	for _, problem := range problems(err) {
		log.Error("the function cannot start", "error", problem.Error(), "hint", coded.Hint(problem))
	}
}

// problems takes a joined error apart.
func problems(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, problems(e)...)
	}
	return all
}
