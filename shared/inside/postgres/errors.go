package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/shared/coded"
)

// SQLSTATEs that are told apart. [PostgreSQL manual, PostgreSQL error codes]
const (
	stateBadPassword  = "28P01" // also a role that is not there
	stateRefusedLogin = "28000" // NOLOGIN, a token that IAM refuses, no rule that fits
	stateNoPrivilege  = "42501"
	stateNoDatabase   = "3D000"
)

// states are the SQLSTATEs by what they mean; those of two letters are classes,
// for what is not listed by itself. What is not listed at all is internal.
var states = map[string]coded.Code{
	"08": coded.Retryable,                          // connection exception
	"25": coded.Internal, "25006": coded.Retryable, // read-only: a failover is under way, or the storage is full
	stateBadPassword: coded.Internal, stateRefusedLogin: coded.Internal,
	"2BP01":         coded.Conflict, // other objects depend on it
	stateNoDatabase: coded.NotFound,
	"40":            coded.Retryable, // deadlock, serialization
	"42704":         coded.NotFound,  // no such role
	// Someone else made it since we looked: the next try finds it.
	"23505": coded.Retryable, "42710": coded.Retryable, "42P04": coded.Retryable,
	stateNoPrivilege: coded.Internal,
	"53":             coded.Retryable, // too many connections, disk full, out of memory
	"55006":          coded.Retryable, // in use
	"55P03":          coded.Retryable, // lock not available
	"57":             coded.Retryable, // canceled, shutting down, starting up
	"58":             coded.Retryable, // the system's error
	"XX000":          coded.Retryable, // two changed the same role at once
}

// certificateHint helps where the server is not who it should be.
const certificateHint = "the certificate must be signed by RDS's authority of this Region, for this name: check the instance's CA, and renew the bundle of package rdsca"

// privilegeHint helps where the fencing role lacks a right.
const privilegeHint = "since PostgreSQL 16 a role changes only roles that it made or was given: grant it the tenant's role, and " + iamRole + ", WITH ADMIN OPTION"

// state returns the SQLSTATE that the server answered, or "".
func state(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// isRefusedLogin reports whether the server did not let the user in.
func isRefusedLogin(err error) bool {
	s := state(err)
	return s == stateBadPassword || s == stateRefusedLogin
}

// classify returns what an error means, by its SQLSTATE or its type.
func classify(err error) coded.Code {
	if s := state(err); s != "" {
		if code, ok := states[s]; ok {
			return code
		}
		if code, ok := states[s[:min(2, len(s))]]; ok {
			return code
		}
		return coded.Internal
	}
	var (
		certificate *tls.CertificateVerificationError
		network     net.Error
	)
	switch {
	case errors.As(err, &certificate):
		return coded.Internal
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, pgconn.ErrConnClosed), pgconn.Timeout(err):
		return coded.Retryable
	}
	return coded.Internal
}

// failed returns an error as a coded one that says who did what; nil for nil.
func failed(err error, who, format string, args ...any) error {
	if err == nil {
		return nil
	}
	e := coded.Wrap(classify(err), err, "%s: %s", who, fmt.Sprintf(format, args...))
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		e.Hint = certificateHint
	case state(err) == stateNoPrivilege:
		e.Hint = privilegeHint
	}
	return e
}
