package keyusage

import (
	"bytes"
	"strings"

	"latchkey/shared/keyusage/scan"
)

// Principal is who used a key, without what changes from session to session.
type Principal struct {
	// ID is the ARN of an IAM user, of the role behind a session, of a federated
	// user or of an account's root; a service's name ("rds.amazonaws.com"); or
	// "<account>/<unique id>" where CloudTrail names another account's principal
	// only so. For a person of IAM Identity Center it is the role's ARN, a slash
	// and the session's name, which is the person's, or "<account>/<user id>" for
	// a call on a user's behalf without a role.
	ID string
	// Via is the service that called KMS for the principal, or empty.
	Via string
	// Provider is the identity provider of a federated session, or empty.
	Provider string
}

// Service reports whether an AWS service acted for itself.
func (p Principal) Service() bool { return p.Via == "" && strings.HasSuffix(p.ID, ".amazonaws.com") }

// String returns the principal in one line.
func (p Principal) String() string {
	s := p.ID
	if p.Provider != "" {
		s += " (" + p.Provider + ")"
	}
	if p.Via != "" {
		s += " via " + p.Via
	}
	return s
}

// separator stands between the parts of an interned tuple: no JSON text of
// CloudTrail has it unescaped, and a decoded one only by malice, which then
// spoils the malicious record's own attribution.
const separator = 0

// personal reports whether a role's sessions are each a person's: IAM Identity
// Center makes the role. Its path is where an account's ARN has it, or it is
// looked for. [IAM Identity Center guide, Referencing permission sets]
func personal(role []byte) bool {
	const head, path = "arn:aws:iam::111122223333:role/", "aws-reserved/sso.amazonaws.com/"
	if bytes.HasPrefix(role, []byte(head[:len("arn:aws:iam::")])) {
		return len(role) > len(head) && bytes.HasPrefix(role[len(head):], []byte(path))
	}
	return bytes.Contains(role, []byte(path))
}

// appendPrincipal appends the principal's three parts. It allocates nothing, so
// that it can run for each record. [CloudTrail guide, userIdentity element]
func appendPrincipal(b []byte, rec *scan.Record) []byte {
	id := &rec.Identity
	via := id.InvokedBy
	switch {
	case string(id.Type) == "AWSService" && len(via) == 0:
		b = append(b, rec.SourceIP...)
	case string(id.Type) == "AWSService" || len(id.ARN) == 0 && len(id.PrincipalID) == 0 && len(via) > 0 && len(id.OnBehalfOf) == 0:
		b = append(b, via...)
		via = nil
	case len(id.IssuerARN) > 0 && string(id.Type) != "FederatedUser": // whose issuer is the user who asked for the session
		b = append(b, id.IssuerARN...)
		if personal(id.IssuerARN) {
			b = append(b, '/')
			b = append(b, afterLast(id.ARN, '/')...)
		}
	case len(id.ARN) > 0:
		b = appendRole(b, id.ARN)
	default:
		b = appendUnique(b, id)
	}
	b = append(b, separator)
	b = append(b, via...)
	b = append(b, separator)
	if len(id.Federation) > 0 {
		return append(b, id.Federation...)
	}
	return append(b, id.Provider...)
}

// appendUnique appends "<account>/<unique id>".
func appendUnique(b []byte, id *scan.Identity) []byte {
	b = append(b, id.AccountID...)
	unique, _, _ := bytes.Cut(id.PrincipalID, []byte(":"))
	if len(unique) == 0 {
		unique = id.OnBehalfOf
	}
	if len(unique) > 0 {
		b = append(b, '/')
		b = append(b, unique...)
	}
	return b
}

var assumedRole = []byte(":assumed-role/")

// appendRole appends an ARN; that of an assumed role,
// arn:aws:sts::1:assumed-role/NAME/SESSION, as that of its role, without a path,
// which CloudTrail does not give there.
func appendRole(b, arn []byte) []byte {
	head, rest, found := bytes.Cut(arn, assumedRole)
	if !found {
		return append(b, arn...)
	}
	name, _, _ := bytes.Cut(rest, []byte("/"))
	account := afterLast(head, ':')
	partition, _, _ := bytes.Cut(bytes.TrimPrefix(head, []byte("arn:")), []byte(":"))
	b = append(b, "arn:"...)
	b = append(b, partition...)
	b = append(b, ":iam::"...)
	b = append(b, account...)
	b = append(b, ":role/"...)
	return append(b, name...)
}

func afterLast(b []byte, sep byte) []byte { return b[bytes.LastIndexByte(b, sep)+1:] }

// parsePrincipal is the other half of appendPrincipal.
func parsePrincipal(b []byte) Principal {
	parts := strings.SplitN(string(b), string(rune(separator)), 3)
	return Principal{ID: parts[0], Via: parts[1], Provider: parts[2]}
}
