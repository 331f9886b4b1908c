package function

import "context"

// LimitsOf is what tests look at.
var LimitsOf = limitsOf

// Invoke answers as Lambda would have it.
func Invoke(ctx context.Context, h Host, handler Handler, payload []byte) ([]byte, error) {
	return entry{h, handler}.Invoke(ctx, payload)
}
