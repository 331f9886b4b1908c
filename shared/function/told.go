package function

import (
	"errors"

	"latchkey/shared/coded"
)

// told returns the coded error of err, whose message a tenant may see.
func told(err error) (*coded.Error, bool) {
	var e *coded.Error
	ok := errors.As(err, &e)
	return e, ok
}
