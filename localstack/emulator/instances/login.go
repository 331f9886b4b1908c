package instances

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"latchkey/shared/inside/pgcluster"
)

// login asks the client for a password and returns the user that it may log in
// as. A login that is refused was told so.
func (v *visit) login(conn *tls.Conn, s *pgcluster.Server, first hello) (string, error) {
	user, _, err := first.parameters()
	if err != nil {
		return "", err
	}
	password, err := askPassword(conn)
	if err != nil {
		return "", err
	}
	sqlstate, message, err := v.decide(s, user, password)
	if err != nil {
		return "", errors.Join(err, refuse(conn, sqlstate, message))
	}
	return user, nil
}

// decide checks what a user logs in with. What is refused says in err why, and
// to the client no more than RDS does.
func (v *visit) decide(s *pgcluster.Server, user, password string) (sqlstate, message string, err error) {
	wrong := fmt.Sprintf("password authentication failed for user %q", user)
	there, member, err := standing(v.ctx, s, user)
	switch {
	case err != nil:
		return codeTooMany, "the local stack cannot look at the role", err
	case user == pgcluster.Superuser:
		return codeRefused, fmt.Sprintf("pg_hba.conf rejects connection for user %q", user), errors.New("somebody comes as the superuser")
	case there && user == Master:
		if err := v.master(password); err != nil {
			return codeBadPassword, wrong, err
		}
	case there && member:
		if err := v.token(user, password); err != nil {
			return codeRefused, fmt.Sprintf("PAM authentication failed for user %q", user), err
		}
	default:
		return codeBadPassword, wrong, fmt.Errorf("%s of %s is no member of rds_iam, and has no password", user, v.host)
	}
	return "", "", nil
}

const standingSQL = `SELECT pg_has_role(oid, 'rds_iam', 'MEMBER') FROM pg_roles WHERE rolname = $1`

// standing says whether a role is there and is a member of rds_iam, if only
// through another: that is what RDS goes by.
// [RDS guide, Creating a database account using IAM authentication]
func standing(ctx context.Context, s *pgcluster.Server, user string) (there, member bool, err error) {
	conn, err := s.Admin(ctx, "postgres")
	if err != nil {
		return false, false, err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, standingSQL, user).Scan(&member)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, false, nil
	}
	return err == nil, member, err
}

// master compares a password with that of the instance's managed secret.
func (v *visit) master(password string) error {
	if v.to.Secret == "" {
		return fmt.Errorf("%s has no managed secret", v.host)
	}
	if subtle.ConstantTimeCompare([]byte(v.Master(v.to.Secret).Password.Reveal()), []byte(password)) != 1 {
		return fmt.Errorf("the password is not that of the secret of %s", v.host)
	}
	return nil
}

// token checks a token of IAM, and whether who signed it may log in as the user.
func (v *visit) token(user, token string) error {
	key, err := signer(token, v.at(), v.region, user, v.opts.Secret, time.Now())
	if err != nil {
		return err
	}
	resource := fmt.Sprintf("arn:aws:rds-db:%s:%s:dbuser:%s/%s", v.region, v.opts.Account, v.to.ResourceID, user)
	allowed := v.opts.Logins[key]
	if key == application {
		allowed = []string{"arn:aws:rds-db:*:*:dbuser:*/t_*"}
	}
	for _, pattern := range allowed {
		if matches(pattern, resource) {
			return nil
		}
	}
	return fmt.Errorf("%s is not allowed rds-db:connect to %s", key, resource)
}
