// Package grpc stands where gRPC would be. X-Ray's SDK imports gRPC for
// interceptors that nothing here uses, and cannot be had without them. What comes
// with gRPC finds methods by their names, so that the linker must keep every
// method of every client of AWS: that doubled the functions' binaries and the
// time until they start. go.mod therefore replaces gRPC with the few names that
// the SDK mentions. A build that needs more of gRPC fails, and says so.
//
// None of it works, and none of it is called: a call panics.
package grpc

import (
	"context"

	"google.golang.org/grpc/metadata"
)

// Absent is what a call of anything here panics with.
const Absent = "gRPC is not linked; see the replace directive in go.mod"

// ClientConn is a connection.
type ClientConn struct{}

// Target panics.
func (*ClientConn) Target() string { panic(Absent) }

// CallOption is an option of a call.
type CallOption interface{ absent() }

// UnaryInvoker makes a call.
type UnaryInvoker func(ctx context.Context, method string, req, reply any, cc *ClientConn, opts ...CallOption) error

// UnaryClientInterceptor comes before a call.
type UnaryClientInterceptor func(ctx context.Context, method string, req, reply any, cc *ClientConn, invoker UnaryInvoker, opts ...CallOption) error

// UnaryServerInfo tells of a call that came in.
type UnaryServerInfo struct {
	Server     any
	FullMethod string
}

// UnaryHandler answers a call.
type UnaryHandler func(ctx context.Context, req any) (any, error)

// UnaryServerInterceptor comes before a handler.
type UnaryServerInterceptor func(ctx context.Context, req any, info *UnaryServerInfo, handler UnaryHandler) (resp any, err error)

// SetHeader panics.
func SetHeader(context.Context, metadata.MD) error { panic(Absent) }
