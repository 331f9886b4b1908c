package postgres

import (
	"context"
	"fmt"

	"latchkey/shared/coded"
	"latchkey/shared/database"
	"latchkey/shared/deployment"
)

// Bootstrap implements inside.Host, as the master user, in one transaction. A
// role that is there is given what it lacks. Nobody but the fencing role and the
// owner may connect to the maintenance database afterwards.
func (h *Host) Bootstrap(ctx context.Context, at database.Login, masterSecretARN string) error {
	if err := h.check(at); err != nil {
		return err
	}
	master, err := h.masters.Master(ctx, masterSecretARN)
	if err != nil {
		return err
	}
	if h.cfg.Master != "" && master.Username != h.cfg.Master {
		return coded.Field("masterSecretArn", "give MasterUserSecret.SecretArn of the instance", "the secret is not of the user %s", h.cfg.Master)
	}
	err = h.as(ctx, at, maintenance, master.Username, master.Password, (*session).bootstrap)
	if !isRefusedLogin(err) {
		return err
	}
	// Since PostgreSQL 16 the maker of a role is a member of it, and so of
	// rds_iam: once the fencing role is there, the master may need a token too.
	token, fault := h.tokens.Token(ctx, at.Endpoint, master.Username)
	if fault != nil {
		return fault
	}
	if again := h.as(ctx, at, maintenance, master.Username, token, (*session).bootstrap); !isRefusedLogin(again) {
		return again
	}
	refused := coded.Wrap(coded.Internal, err, "%s cannot log in to %s, neither with its secret nor with a token", master.Username, at.InstanceID)
	refused.Hint = "the secret must be this instance's; a master user that is a member of " + iamRole +
		" takes tokens only, and the policy of the function fence must allow rds-db:connect as it"
	return refused
}

func (s *session) bootstrap(ctx context.Context) error {
	var there bool
	if _, err := s.row(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, []any{deployment.FenceRole}, &there); err != nil {
		return err
	}
	verb := "CREATE"
	if there {
		verb = "ALTER"
	}
	return s.exec(ctx, fmt.Sprintf("%[1]s ROLE %[2]s LOGIN CREATEROLE CREATEDB; GRANT %[3]s TO %[2]s WITH ADMIN OPTION; "+
		"REVOKE ALL ON DATABASE %[4]s FROM PUBLIC; GRANT CONNECT ON DATABASE %[4]s TO %[2]s",
		verb, ident(deployment.FenceRole), iamRole, maintenance))
}
