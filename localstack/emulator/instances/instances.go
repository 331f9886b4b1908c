package instances

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"log/slog"
	"net"
	"strconv"
	"sync"

	"latchkey/shared/coded"
	"latchkey/shared/inside/pgcluster"
	"latchkey/shared/secrets"
)

// Instance is what the emulator of RDS says of an instance.
type Instance struct {
	Address    string // host name of its endpoint
	ResourceID string // DbiResourceId
	Running    bool
	Secret     string // ARN of the master user's
}

// Fleet is the emulator of RDS.
type Fleet interface {
	// Instance returns coded.NotFound for one that is not there.
	Instance(ctx context.Context, region, id string) (Instance, error)
}

// Options say whose instances are played, and who may log in.
type Options struct {
	Regions []string
	Account string
	Fleet   Fleet
	// Secret is what every access key of this machine signs with.
	Secret string
	// Logins are the resources that an access key may rds-db:connect to, with *
	// and ? as in policies.
	Logins map[string][]string
	Log    *slog.Logger // nil: nothing is logged
}

// application is the access key of tenants' applications. What they may is not
// part of the deployment; it is given them here.
const application = "application-of-a-tenant"

// Instances is the instances of all Regions. It is safe for concurrent use.
type Instances struct {
	opts        Options
	authorities map[string]*pgcluster.Authority // by Region
	listener    net.Listener
	names       *names
	pool        *pool
	seed        []byte // of the master users' passwords
	cancel      context.CancelFunc
	running     sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool

	making  sync.Mutex
	servers map[string]*pgcluster.Server // by address and resource id
}

// Start listens, on free ports of the loopback address, for whoever comes to an
// instance. PostgreSQL has to be installed: see pgcluster.Programs. The caller
// closes it.
func Start(ctx context.Context, o Options) (_ *Instances, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	i := &Instances{
		opts: o, authorities: map[string]*pgcluster.Authority{}, seed: []byte(rand.Text()),
		conns: map[net.Conn]bool{}, servers: map[string]*pgcluster.Server{},
	}
	for _, region := range o.Regions {
		// So begin the names of RDS's own; see package rdsca.
		if i.authorities[region], err = pgcluster.NewAuthority("Amazon RDS " + region + " Root CA of a local stack"); err != nil {
			return nil, coded.Wrap(coded.Internal, err, "making an authority for %s", region)
		}
	}
	var lc net.ListenConfig
	if i.listener, err = lc.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, coded.Wrap(coded.Internal, err, "listening for the instances")
	}
	if i.names, err = serveNames(ctx); err != nil {
		_ = i.listener.Close()
		return nil, coded.Wrap(coded.Internal, err, "listening for questions about names")
	}
	ctx, i.cancel = context.WithCancel(context.WithoutCancel(ctx))
	i.pool = newPool(ctx, o.Log)
	i.running.Go(func() { i.accept(ctx) })
	return i, nil
}

// Port is where all instances are reached.
func (i *Instances) Port() int {
	_, port, _ := net.SplitHostPort(i.listener.Addr().String()) // of a listener, so it has one
	n, _ := strconv.Atoi(port)
	return n
}

// Roots returns what a Region's instances are verified with.
func (i *Instances) Roots(region string) *x509.CertPool {
	if a := i.authorities[region]; a != nil {
		return a.Pool()
	}
	return x509.NewCertPool()
}

// Master returns the login of the master user whose managed secret has that ARN:
// its password is another in each run.
func (i *Instances) Master(secretARN string) secrets.Credentials {
	mac := hmac.New(sha256.New, i.seed)
	mac.Write([]byte(secretARN))
	return secrets.Credentials{Username: Master, Password: secrets.NewValue(hex.EncodeToString(mac.Sum(nil)))}
}

// Close ends every session and every server, and removes the data.
func (i *Instances) Close() {
	i.cancel()
	_ = i.listener.Close() // it has nothing to lose
	i.names.close()
	i.mu.Lock()
	i.closed = true
	for conn := range i.conns {
		_ = conn.Close()
	}
	i.mu.Unlock()
	i.running.Wait()
	var ending sync.WaitGroup
	for _, s := range i.servers {
		ending.Go(s.Close)
	}
	i.pool.close()
	ending.Wait()
}

// server returns the server of an instance, which gets an empty one when it is
// asked for first.
func (i *Instances) server(ctx context.Context, of Instance) (*pgcluster.Server, error) {
	i.making.Lock()
	defer i.making.Unlock()
	id := of.Address + "/" + of.ResourceID
	if s := i.servers[id]; s != nil {
		return s, nil
	}
	s, err := i.pool.take(ctx)
	if err == nil {
		i.servers[id] = s
	}
	return s, err
}

// track notes a connection until done is called; ok is false after Close.
func (i *Instances) track(conn net.Conn) (done func(), ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		_ = conn.Close()
		return nil, false
	}
	i.conns[conn] = true
	return func() {
		_ = conn.Close()
		i.mu.Lock()
		defer i.mu.Unlock()
		delete(i.conns, conn)
	}, true
}
