package inside

import (
	"context"
	"errors"

	"latchkey/shared/coded"
	"latchkey/shared/database"
)

// Host reaches inside instances from where they can be connected to.
type Host interface {
	database.Inside
	// Bootstrap makes the role that fencing logs in as, with the master login
	// that RDS keeps in the secret. It may be repeated.
	Bootstrap(ctx context.Context, at database.Login, masterSecretARN string) error
}

// Handle answers a request. Where the host refuses the fencing role and the
// request names a master secret, the role is made, and the operation tried again.
func Handle(ctx context.Context, host Host, req Request) Answer {
	at := req.Login.At()
	err := do(ctx, host, req.Op, at)
	if errors.Is(err, ErrNoFenceRole) && req.MasterSecretARN != "" {
		if err = host.Bootstrap(ctx, at, req.MasterSecretARN); err == nil {
			err = do(ctx, host, req.Op, at)
		}
	}
	return Answer{Failure: failure(err)}
}

func do(ctx context.Context, in database.Inside, op Op, at database.Login) error {
	switch op {
	case OpPrepare:
		return in.Prepare(ctx, at)
	case OpFence:
		return in.Fence(ctx, at)
	case OpUnfence:
		return in.Unfence(ctx, at)
	case OpVerify:
		return in.Verify(ctx, at)
	case OpDrop:
		return in.Drop(ctx, at)
	}
	return coded.Field("op", "give prepare, fence, unfence, verify or drop", "unknown operation %q", op)
}
