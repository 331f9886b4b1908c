package coldstart_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"latchkey/shared/function/coldstart"
)

// TestMain lets the test's own binary play a function.
func TestMain(m *testing.M) {
	switch os.Getenv("PLAY") {
	case "a function":
		resp, err := http.Get("http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/next")
		fmt.Println(resp, err)
	case "a function that refuses":
		fmt.Println("LATCHKEY_TABLE is not set")
		os.Exit(1)
	case "a function that hangs":
		time.Sleep(time.Hour)
	default:
		os.Exit(m.Run())
	}
}

func TestLambda_Start(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the memory of a process is read from Linux's /proc")
	}
	lambda, err := coldstart.Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer lambda.Close()
	for range 2 { // each start is its own
		s, err := lambda.Start(context.Background(), os.Args[0], []string{"PLAY=a function"})
		if err != nil || s.Took <= 0 || s.Took > time.Minute || s.Memory < 1<<20 {
			t.Errorf("%+v, %v", s, err)
		}
	}
	if _, err := lambda.Start(context.Background(), os.Args[0], []string{"PLAY=a function that refuses"}); err == nil || !strings.Contains(err.Error(), "LATCHKEY_TABLE is not set") {
		t.Errorf("a function that ends: %v", err)
	}
	if _, err := lambda.Start(context.Background(), "/no/such/binary", nil); err == nil {
		t.Error("started what is not there")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if _, err := lambda.Start(ctx, os.Args[0], []string{"PLAY=a function that hangs"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a function that hangs: %v", err)
	}
}
