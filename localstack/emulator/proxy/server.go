package proxy

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Serve listens on a free port of this machine, returns the URL to give to the
// functions, and serves until stop is called. The URL has a number for a host,
// so the SDK puts a bucket's name into the path of S3's URLs.
func (p *Proxy) Serve(ctx context.Context) (url string, stop func(), err error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{
		Handler: p, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0), // connections that are broken on purpose
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			p.opts.Log.Error("the proxy ended", "error", err)
		}
	}()
	return "http://" + l.Addr().String(), func() {
		_ = server.Close() // ends what is held by a rule, too
		<-done
	}, nil
}
