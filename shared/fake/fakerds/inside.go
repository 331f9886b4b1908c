package fakerds

import (
	"context"
	"slices"
	"time"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

// inside is the SQL side of the instances. An instance that does not answer
// gives a retryable error, as a refused connection does.
type inside struct{ r *RDS }

// reach runs f on an instance that answers at that endpoint.
func (n inside) reach(ctx context.Context, at database.Login, f func(i *instance, now time.Time) error) error {
	return n.r.answering(ctx, at.InstanceID, func(i *instance, now time.Time) error {
		switch {
		case at.Endpoint == "":
			return coded.Field("endpoint", "describe the instance first", "no endpoint to connect to %s", at.InstanceID)
		case at.Endpoint != i.Endpoint:
			return coded.New(coded.Retryable, "connecting to %s: no such host", at.Endpoint)
		}
		return f(i, now)
	})
}

// answering runs f on an instance whose database answers.
func (r *RDS) answering(ctx context.Context, instanceID string, f func(i *instance, now time.Time) error) error {
	return r.locked(ctx, func(now time.Time) error {
		r.catchUp(now)
		i := r.instances[lower(instanceID)]
		switch {
		case i == nil:
			return coded.New(coded.Retryable, "connecting to %s: no such host", instanceID)
		case !rulesFor(i.Status).connect:
			return coded.New(coded.Retryable, "connecting to %s: connection refused, the instance is %s", instanceID, i.Status)
		}
		return f(i, now)
	})
}

// change puts changes in the history of an instance.
func (n inside) change(i *instance, now time.Time, ops ...op) {
	for _, o := range ops {
		o.At = now
		i.Content.add(o)
	}
	if len(ops) > 0 {
		n.r.touch(i)
	}
}

// Prepare implements database.Inside. A role that is there keeps its right to
// log in, or not to.
func (n inside) Prepare(ctx context.Context, at database.Login) error {
	return n.reach(ctx, at, func(i *instance, now time.Time) error {
		if at.Database == "" || at.Role == "" {
			return coded.Field("database", "name both", "a database and a role are needed in %s", at.InstanceID)
		}
		c := &i.Content
		if owner, ok := c.owners[at.Database]; ok && owner != at.Role {
			return coded.New(coded.Conflict, "database %s of %s belongs to role %s", at.Database, at.InstanceID, owner)
		}
		var ops []op
		if !c.hasRole(at.Role) {
			ops = append(ops, op{Kind: opRole, Name: at.Role})
		}
		if _, ok := c.owners[at.Database]; !ok {
			ops = append(ops, op{Kind: opDatabase, Name: at.Database, Role: at.Role})
		}
		n.change(i, now, ops...)
		return nil
	})
}

// Fence implements database.Inside. A role that is not there is fenced.
func (n inside) Fence(ctx context.Context, at database.Login) error {
	return n.reach(ctx, at, func(i *instance, now time.Time) error {
		if i.Content.login[at.Role] {
			n.change(i, now, op{Kind: opNoLogin, Name: at.Role})
		}
		if at.Role != "" {
			i.Content.disconnect(at.Role)
		}
		return nil
	})
}

// Unfence implements database.Inside; notfound if there is no such role.
func (n inside) Unfence(ctx context.Context, at database.Login) error {
	return n.reach(ctx, at, func(i *instance, now time.Time) error {
		if !i.Content.hasRole(at.Role) {
			return coded.New(coded.NotFound, "role %s does not exist in %s", at.Role, at.InstanceID)
		}
		if !i.Content.login[at.Role] {
			n.change(i, now, op{Kind: opLogin, Name: at.Role})
		}
		return nil
	})
}

// Verify implements database.Inside: notfound if the role or the database is not
// there, conflict if the role may not log in.
func (n inside) Verify(ctx context.Context, at database.Login) error {
	return n.reach(ctx, at, func(i *instance, _ time.Time) error {
		if err := i.mayLogin(at.Role); err != nil {
			return err
		}
		if i.Content.owners[at.Database] != at.Role {
			return coded.New(coded.NotFound, "database %s of role %s does not exist in %s", at.Database, at.Role, at.InstanceID)
		}
		return nil
	})
}

// Drop implements database.Inside. What is not there is dropped.
func (n inside) Drop(ctx context.Context, at database.Login) error {
	return n.reach(ctx, at, func(i *instance, now time.Time) error {
		owner, ok := i.Content.owners[at.Database]
		if ok && owner != at.Role {
			return coded.New(coded.Conflict, "database %s of %s belongs to role %s", at.Database, at.InstanceID, owner)
		}
		if ok || i.Content.hasRole(at.Role) {
			i.Content.disconnect(at.Role)
			n.change(i, now, op{Kind: opDrop, Name: at.Database, Role: at.Role})
		}
		return nil
	})
}

func (i *instance) mayLogin(role string) error {
	switch login, ok := i.Content.login[role]; {
	case !ok:
		return coded.New(coded.NotFound, "role %s does not exist in %s", role, i.Spec.InstanceID)
	case !login:
		return coded.New(coded.Conflict, "role %s of %s is not permitted to log in", role, i.Spec.InstanceID)
	}
	return nil
}

// Connect logs a role in and leaves the connection open. It is for proving that
// a fenced role cannot, as a tenant's application would find out.
func (r *RDS) Connect(ctx context.Context, instanceID, role string) error {
	return r.answering(ctx, instanceID, func(i *instance, _ time.Time) error {
		if err := i.mayLogin(role); err != nil {
			return err
		}
		i.Content.connect(role)
		return nil
	})
}

// Backends returns how many connections a role has open.
func (r *RDS) Backends(instanceID, role string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := r.instances[lower(instanceID)]; i != nil {
		return i.Content.backends[role]
	}
	return 0
}

// Write leaves a mark in a database as of a moment, so that what a restore lost can be counted.
func (r *RDS) Write(ctx context.Context, instanceID, db, value string, at time.Time) error {
	return r.answering(ctx, instanceID, func(i *instance, _ time.Time) error {
		if _, ok := i.Content.owners[db]; !ok {
			return coded.New(coded.NotFound, "database %s does not exist in %s", db, instanceID)
		}
		i.Content.add(op{At: at, Kind: opRow, Name: db, Value: value})
		r.touch(i)
		return nil
	})
}

// Read returns the marks in a database, in the order of writing.
func (r *RDS) Read(ctx context.Context, instanceID, db string) ([]Row, error) {
	var rows []Row
	err := r.answering(ctx, instanceID, func(i *instance, _ time.Time) error {
		if _, ok := i.Content.owners[db]; !ok {
			return coded.New(coded.NotFound, "database %s does not exist in %s", db, instanceID)
		}
		rows = slices.Clone(i.Content.rows[db])
		return nil
	})
	return rows, err
}
