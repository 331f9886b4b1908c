package runtime

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/coded"
)

// Function is one function as it is deployed.
type Function struct {
	Name     string
	ARN      string
	Region   string
	Role     string // name of its role; calls are signed with it as the access key id
	Binary   string // built for this machine
	Env      map[string]string
	Timeout  time.Duration
	MemoryMB int
}

// Bounds of Lambda. [Lambda guide, Lambda quotas]
const (
	maxTimeout  = 15 * time.Minute
	maxEnvBytes = 4 << 10
	minMemoryMB = 128
	maxMemoryMB = 10240
)

// check returns what Lambda would refuse.
func (f Function) check() error {
	size := 0
	for name, value := range f.Env {
		if reserved[name] || strings.HasPrefix(name, "AWS_LAMBDA_") {
			return coded.Field(f.Name+".Environment", "choose another name", "%s is Lambda's own", name)
		}
		size += len(name) + len(value)
	}
	switch {
	case f.Name == "" || f.Binary == "":
		return coded.Field("function", "give both", "function %q has no name or no binary", f.Name)
	case f.Timeout < time.Second || f.Timeout > maxTimeout:
		return coded.Field(f.Name+".Timeout", "1s … 15m", "%s", f.Timeout)
	case f.MemoryMB < minMemoryMB || f.MemoryMB > maxMemoryMB:
		return coded.Field(f.Name+".MemorySize", "128 … 10240", "%d MB", f.MemoryMB)
	case size > maxEnvBytes:
		return coded.Field(f.Name+".Environment", "keep it under 4 KB", "%d bytes", size)
	}
	return nil
}

// reserved are variables that a template may not set.
// [Lambda guide, Defined runtime environment variables: reserved]
var reserved = map[string]bool{
	"_HANDLER": true, "_X_AMZN_TRACE_ID": true, "AWS_DEFAULT_REGION": true, "AWS_REGION": true, "AWS_EXECUTION_ENV": true,
	"AWS_ACCESS_KEY": true, "AWS_ACCESS_KEY_ID": true, "AWS_SECRET_ACCESS_KEY": true, "AWS_SESSION_TOKEN": true,
}

// SecretKey is what every function signs with. The emulator checks no
// signature; the instances' front does.
const SecretKey = "local"

// environment returns all variables of a process, sorted.
func (f Function) environment(api, stream string, o Options) []string {
	env := map[string]string{
		"AWS_LAMBDA_RUNTIME_API":          api,
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + f.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      stream,
		"_HANDLER":                        "bootstrap",
		"AWS_REGION":                      f.Region,
		"AWS_DEFAULT_REGION":              f.Region,
		"AWS_ACCESS_KEY_ID":               cmp.Or(f.Role, f.Name),
		"AWS_SECRET_ACCESS_KEY":           SecretKey,
		"AWS_ENDPOINT_URL":                o.Endpoint,
		"AWS_EC2_METADATA_DISABLED":       "true",
		"LANG":                            "en_US.UTF-8",
		"TZ":                              ":UTC",
		"PATH":                            "/usr/local/bin:/usr/bin:/bin",
	}
	maps.Copy(env, o.Env[f.Name])
	maps.Copy(env, f.Env)
	out := make([]string, 0, len(env))
	for name, value := range env {
		out = append(out, name+"="+value)
	}
	slices.Sort(out)
	return out
}
