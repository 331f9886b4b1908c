package fakekms

import "strings"

// principal is who calls: a root user, IAM user, IAM role, a role's session, or
// an AWS service.
type principal struct {
	arn     string // as given; for a service "rds.amazonaws.com"
	account string // "" for a service
	role    string // for a session, the ARN of its role
	hash    uint64
}

// parsePrincipal returns the principal of an ARN or of a service's name.
func parsePrincipal(arn string) principal {
	p := principal{arn: arn, hash: hash(arn)}
	if !strings.HasPrefix(arn, "arn:") {
		return p
	}
	p.account = part(arn, 4)
	const session = ":assumed-role/"
	if i := strings.Index(arn, session); i > 0 {
		role, _, _ := strings.Cut(arn[i+len(session):], "/")
		p.role = "arn:aws:iam::" + p.account + ":role/" + role
	}
	return p
}

func (p *principal) isRoot() bool { return strings.HasSuffix(p.arn, ":root") }

// is reports whether the principal is the one that a policy or grant names.
func (p *principal) is(arn string) bool { return arn == p.arn || p.role != "" && arn == p.role }

// part returns the n-th field of an ARN, or "".
func part(arn string, n int) string {
	for range n {
		i := strings.IndexByte(arn, ':')
		if i < 0 {
			return ""
		}
		arn = arn[i+1:]
	}
	if i := strings.IndexByte(arn, ':'); i >= 0 && n < 5 {
		return arn[:i]
	}
	return arn
}

// hash is FNV-1a.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
