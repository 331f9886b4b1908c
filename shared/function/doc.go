// Package function is what the mains of functions/ share: everything between
// Lambda and the rules. A main names its function, says what it reads from its
// environment, and builds its handler once per cold start:
//
//	func main() { function.Start(deployment.FunctionFence, build) }
//
//	func build(ctx context.Context, env function.Env[settings.Fence]) (function.Handler, error) {
//		inside := postgres.New(env.AWS, …)
//		return function.Call(env.Host, func(ctx context.Context, in Request) (Answer, error) { … }), nil
//	}
//
//	// in package settings, beside the other functions':
//	type Publish struct{ Table, Bus string }
//
//	func (p *Publish) Bind(s *function.Set) {
//		s.Text(deployment.EnvTable, &p.Table, TableName)
//		s.Text(deployment.EnvBus, &p.Bus, BusName)
//	}
//
// A function that reads nothing but its log level, which Start itself reads, has
// the config None.
//
// The signatures that a main is written against:
//
//	func Start[C any, P Config[C]](name string, build func(context.Context, Env[C]) (Handler, error))
//
//	type Config[C any] interface { *C; Bind(*Set) }
//	type Env[C any] struct { Host; Config C }
//	type Host struct {
//		Name    string       // of the function, as package deployment calls it
//		Region  string       // that it runs in
//		AWS     aws.Config   // for every client
//		Log     *slog.Logger // its …Context methods add what logging.With put into the context
//		Metrics *emf.Metrics // Count, Measure
//		Clock   clock.Clock
//		Limits  Limits       // of one invocation
//	}
//	type Handler func(ctx context.Context, payload json.RawMessage) (any, error)
//
// Handlers, by what starts the function:
//
//	func Queue(h Host, handle func(context.Context, events.Envelope) error) Handler // SQS that EventBridge fills
//	func Stream(h Host, handle func(context.Context, []Change) []error) Handler     // DynamoDB stream
//	func Schedule(h Host, run func(context.Context) error) Handler                  // EventBridge Scheduler
//	func HTTP(h Host, routes Routes) Handler                                        // HTTP API, payload 2.0
//	func Call[In, Out any](h Host, answer func(context.Context, In) (Out, error)) Handler // invoked by a function
//	func Either(handlers map[Origin]Handler) Handler                                // more than one of them
//
// Logs are JSON on standard error, metrics documents on standard output: both end
// in the function's log group. [Lambda guide, Go function logging]
package function
