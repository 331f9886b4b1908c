// Function does what its event says, for the tests of the local runtime.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string `json:"do"`
	Name string `json:"name"`
}

var served int

func handle(ctx context.Context, e event) (any, error) {
	served++
	switch e.Do {
	case "env":
		return os.Environ(), nil
	case "told":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"id": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "deadline": deadline.UnixMilli(),
			"trace": ctx.Value("x-amzn-trace-id"), "served": served, "memory": lambdacontext.MemoryLimitInMB,
		}, nil
	case "fail":
		return nil, errors.New("as asked")
	case "exit":
		os.Exit(3)
	case "hang":
		fmt.Println("hanging")
		<-make(chan int)
	}
	fmt.Printf("line one\nline two of %s\n", e.Name)
	return e.Name, nil
}

func main() {
	if os.Getenv("REFUSE") != "" {
		fmt.Fprintln(os.Stderr, "error: REFUSE is set")
		os.Exit(1)
	}
	lambda.Start(handle)
}
