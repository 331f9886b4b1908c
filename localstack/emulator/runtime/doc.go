// Package runtime runs the binaries of Lambda functions on this machine, each
// as a process of its own that talks to the four endpoints of Lambda's Runtime
// API (2018-06-01): next, response, error and init/error.
// [Lambda guide, Using the Lambda runtime API for custom runtimes]
//
// As on Lambda, a process serves one invocation at a time and many in turn, its
// environment is made of what the template says and of Lambda's own variables
// and of nothing else, it is told its deadline, and it is killed when its time
// is up. A process that ended is replaced with the next invocation.
//
// Unlike on Lambda, a process is not frozen between invocations, its memory is
// not limited (the size is only told), and it is not isolated from the machine.
package runtime
