package emulator

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"latchkey/localstack/emulator/instances"
	"latchkey/localstack/emulator/proxy"
	"latchkey/localstack/emulator/runtime"
	"latchkey/localstack/emulator/template"
	"latchkey/shared/aws/moto"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// prefix begins the names of the functions.
const prefix = deployment.Prefix + "-"

// Stack is what runs.
type Stack struct {
	Emulator *moto.Server
	Account  string // that the emulator answers with
	Proxy    *proxy.Proxy
	ProxyURL string
	Stacks   []*template.Deployed
	Reports  map[string]template.Report // by stack
	Regions  map[string]*Region
	// Instances are what is behind the endpoints of RDS's, which fence logs in to.
	// Nil without PostgreSQL on the machine: then Remembered is, in fence's place.
	Instances  *instances.Instances
	Remembered *Remembered

	opts  Options
	work  string
	close []func()
}

// Up brings everything up and checks that all that the templates declare is
// there. Nothing is fed yet: see Settle and Run. The caller closes the Stack.
func Up(ctx context.Context, o Options) (_ *Stack, err error) {
	if o, err = o.withDefaults(); err != nil {
		return nil, err
	}
	s := &Stack{opts: o, Regions: map[string]*Region{}, Reports: map[string]template.Report{}}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.work, err = os.MkdirTemp("", "latchkey-stack"); err != nil {
		return nil, coded.Wrap(coded.Internal, err, "making a folder to work in")
	}
	s.close = append(s.close, func() { _ = os.RemoveAll(s.work) }) // a folder of temporary files may stay
	stacks, err := s.assembly(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.emulator(ctx); err != nil {
		return nil, err
	}
	for _, st := range stacks {
		if err := s.deploy(ctx, st); err != nil {
			return nil, err
		}
	}
	if err := s.databases(ctx); err != nil {
		return nil, err
	}
	if err := s.host(ctx); err != nil {
		return nil, err
	}
	return s, s.feed(ctx)
}

// Close ends all that Up started, in the opposite order.
func (s *Stack) Close() {
	for _, end := range slices.Backward(s.close) {
		end()
	}
	s.close = nil
}

// assembly returns the stacks to bring up.
func (s *Stack) assembly(ctx context.Context) ([]template.Stack, error) {
	dir := s.opts.Assembly
	if dir == "" {
		dir = filepath.Join(s.work, "cdk.out")
		s.opts.Tell("synthesizing the template (go run ./infra)")
		if err := Synthesize(ctx, s.opts.Root, dir); err != nil {
			return nil, err
		}
	}
	all, err := template.Load(dir)
	if err != nil {
		return nil, err
	}
	var some []template.Stack
	for _, st := range all {
		if len(s.opts.Regions) == 0 || slices.Contains(s.opts.Regions, st.Region) {
			some = append(some, st)
		}
	}
	if len(some) == 0 {
		return nil, coded.Field("regions", "give Regions of the context in cdk.json", "no stack is for %s", strings.Join(s.opts.Regions, ", "))
	}
	return some, nil
}

func (s *Stack) emulator(ctx context.Context) (err error) {
	if s.opts.Endpoint != "" {
		s.Emulator = &moto.Server{URL: s.opts.Endpoint}
	} else if s.Emulator, err = moto.Start(ctx); err != nil {
		return err
	}
	s.close = append(s.close, s.Emulator.Close)
	if s.Account, err = template.Account(ctx, s.Emulator.URL); err != nil {
		return err
	}
	s.opts.Tell("emulator at %s, account %s", s.Emulator.URL, s.Account)
	s.Proxy, err = proxy.New(proxy.Options{Emulator: s.Emulator.URL, Account: s.Account, Invoker: s, Log: s.opts.Log})
	if err != nil {
		return err
	}
	url, stop, err := s.Proxy.Serve(ctx)
	if err != nil {
		return coded.Wrap(coded.Internal, err, "starting the proxy")
	}
	s.ProxyURL = url
	s.close = append(s.close, stop)
	return nil
}

func (s *Stack) deploy(ctx context.Context, st template.Stack) error {
	if st.Region == "" {
		return coded.Field("stack", "give the stack a Region", "%s has none", st.Name)
	}
	if s.opts.Change != nil {
		s.opts.Change(st.Name, st.Document)
	}
	clients := template.NewClients(s.Emulator.URL, st.Region)
	s.opts.Tell("deploying %s to %s", st.Name, st.Region)
	d, err := template.Deploy(ctx, clients, s.Account, st, template.Rewrites())
	if err != nil {
		return err
	}
	report, err := d.Verify(ctx)
	if err != nil {
		return err
	}
	s.Stacks, s.Reports[st.Name] = append(s.Stacks, d), report
	if s.Regions[st.Region] == nil {
		s.Regions[st.Region] = &Region{Name: st.Region, Clients: clients, locals: map[string]Local{},
			Host: runtime.New(runtime.Options{Endpoint: s.ProxyURL, OnLine: s.opts.OnLine})}
		s.close = append(s.close, s.Regions[st.Region].Host.Close)
	}
	return report.Err()
}
