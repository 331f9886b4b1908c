package mototest

import (
	"context"
	"sync"

	"latchkey/shared/aws/moto"
)

// shared is the server of this process; it ends with it.
var shared = sync.OnceValues(func() (url string, err error) {
	server, err := moto.Launch(context.Background())
	if err != nil {
		return "", err
	}
	return server.URL, nil
})
