package postgres

import "context"

// A session shows in pg_stat_activity, with its role, only at the end of its
// start; until then it cannot be told from those of others, nor terminated. But
// from soon after its role was found to have LOGIN it holds a lock on its
// database. The time between is as long as its client likes, who may set
// post_auth_delay. [PostgreSQL manual, pg_locks; Developer options]
const (
	lockedSQL = `SELECT coalesce(array_agg(l.pid), '{}') FROM pg_locks l JOIN pg_database d ON d.oid = l.objid
	WHERE l.locktype = 'object' AND l.classid = 'pg_database'::regclass AND d.datname = $1 AND l.pid <> pg_backend_pid()`
	hiddenSQL = `SELECT count(*) FROM unnest($1::int[]) locked (pid)
	WHERE NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = locked.pid AND a.usesysid IS NOT NULL)`
)

// starting counts the sessions on their way to the tenant's database that do not
// show yet. Those of other roles are among them, but only for the moment in which
// they are refused.
func (s *session) starting(ctx context.Context, t tenant) (n int, err error) {
	var pids []int32
	// In this order: what has let go of its lock shows already.
	if _, err = s.row(ctx, lockedSQL, []any{t.at.Database}, &pids); err != nil || len(pids) == 0 {
		return 0, err
	}
	_, err = s.row(ctx, hiddenSQL, []any{pids}, &n)
	return n, err
}
