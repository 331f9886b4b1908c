package instances

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/coded"
)

// patience bounds what comes before a session.
const patience = 20 * time.Second

// accept serves whoever comes until the listener is closed.
func (i *Instances) accept(ctx context.Context) {
	for {
		conn, err := i.listener.Accept()
		if err != nil {
			return
		}
		done, ok := i.track(conn)
		if !ok {
			return
		}
		i.running.Go(func() {
			defer done()
			if err := i.serve(ctx, conn); err != nil && ctx.Err() == nil {
				i.opts.Log.Debug("a login to an instance", "error", err)
			}
		})
	}
}

// serve lets one client in, if it may, and hands it to its server.
func (i *Instances) serve(ctx context.Context, raw net.Conn) error {
	if err := raw.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	v := &visit{Instances: i, ctx: waiting, raw: raw}
	secure, err := v.encrypt()
	if err != nil {
		return err
	}
	defer secure.Close()
	hello, err := readHello(secure)
	if err != nil {
		return err
	}
	server, err := i.server(waiting, v.to)
	if err != nil {
		return errors.Join(err, refuse(secure, codeTooMany, err.Error()))
	}
	if hello.code == codeCancel {
		return cancelQuery(waiting, server, hello.raw)
	}
	user, err := v.login(secure, server, hello)
	if err != nil {
		return err
	}
	behind, err := dial(waiting, server, user)
	if err != nil {
		return err
	}
	defer behind.Close()
	if _, err := behind.Write(hello.raw); err != nil {
		return err
	}
	if err := raw.SetDeadline(time.Time{}); err != nil {
		return err
	}
	relay(secure, behind)
	return nil
}

// visit is one client on its way in.
type visit struct {
	*Instances
	ctx    context.Context
	raw    net.Conn
	host   string // as the client calls the instance
	region string
	to     Instance
}

// encrypt answers the request for TLS, with the instance's certificate. Nobody
// gets in without: rds.force_ssl is 1. [RDS guide, Requiring an SSL/TLS connection]
func (v *visit) encrypt() (*tls.Conn, error) {
	for range 2 {
		hello, err := readHello(v.raw)
		if err != nil {
			return nil, err
		}
		switch hello.code {
		case codeGSS:
			_, err = v.raw.Write([]byte("N"))
		case codeTLS:
			if _, err = v.raw.Write([]byte("S")); err == nil {
				secure := tls.Server(v.raw, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: v.certificate})
				return secure, secure.HandshakeContext(v.ctx)
			}
		case codeCancel:
			err = errors.New("a cancel request without TLS: nobody knows which instance it is for")
		default:
			err = errors.Join(errors.New("a client without TLS"), refuse(v.raw, codeRefused, "no pg_hba.conf entry for this host, no encryption"))
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, errors.New("a client that never asks for TLS")
}

// certificate is the certificate of the instance that the client asks for, if
// there is one and it runs.
func (v *visit) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	v.host = strings.ToLower(hello.ServerName)
	id, rest, _ := strings.Cut(strings.TrimSuffix(v.host, domain), ".")
	v.region = rest[strings.LastIndexByte(rest, '.')+1:]
	authority := v.authorities[v.region]
	if authority == nil {
		return nil, coded.New(coded.NotFound, "%q is the name of no instance in the stack's Regions", v.host)
	}
	var err error
	if v.to, err = v.opts.Fleet.Instance(v.ctx, v.region, id); err != nil {
		return nil, err
	}
	if v.to.Address != v.host || !v.to.Running {
		_ = v.raw.Close() // nobody is there to send an alert
		return nil, coded.New(coded.NotFound, "instance %s is not running at %s", id, v.host)
	}
	cert, err := authority.Issue(v.host)
	return &cert, err
}

// at is how tokens name the instance.
func (v *visit) at() string { return net.JoinHostPort(v.host, strconv.Itoa(v.Port())) }
