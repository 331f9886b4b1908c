package embedded

import (
	"context"
	"errors"

	bolterrors "go.etcd.io/bbolt/errors"

	"latchkey/shared/coded"
)

// guard gives the errors of bbolt a code. bbolt panics on a page that makes no
// sense; that, too, becomes an error, so that a damaged file does not end the process.
func guard(path string, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = damaged("reading %s: %v", path, p)
		}
	}()
	err = do()
	var known *coded.Error
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, errEncoding):
		return damaged("reading %s: %v", path, err)
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return coded.Wrap(coded.Internal, err, "%s is closed", path)
	}
	return coded.Wrap(coded.Retryable, err, "writing %s", path)
}

// damaged is the error of a file whose content is not what was written.
func damaged(format string, args ...any) error {
	err := coded.New(coded.Internal, format, args...)
	err.Hint = "the file is damaged: restore a copy, or move it away to start with an empty one"
	return err
}
