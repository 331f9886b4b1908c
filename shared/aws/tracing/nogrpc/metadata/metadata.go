// Package metadata holds the names of gRPC's headers that X-Ray's SDK mentions;
// see package grpc.
package metadata

import "context"

// MD is a call's headers.
type MD map[string][]string

// Get panics.
func (MD) Get(string) []string { panic("gRPC is not linked") }

// New panics.
func New(map[string]string) MD { panic("gRPC is not linked") }

// AppendToOutgoingContext panics.
func AppendToOutgoingContext(context.Context, ...string) context.Context { panic("gRPC is not linked") }

// FromIncomingContext panics.
func FromIncomingContext(context.Context) (MD, bool) { panic("gRPC is not linked") }
