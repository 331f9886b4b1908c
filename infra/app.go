package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"latchkey/infra/assets"
	"latchkey/infra/cell"
	"latchkey/infra/customer/template"
	"latchkey/infra/entry"
	"latchkey/infra/libraries"
	"latchkey/infra/settings"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
)

// options are the command's.
type options struct {
	root   string // folder of go.mod
	file   string // with the context
	out    string // folder of the assembly
	assets string
	cache  string         // folder that the functions are built in; empty: assets.Dir
	set    map[string]any // context over the file's
}

// The CDK's CLI says by these where it wants the assembly, and what the context is.
// [CDK source, cx-api: OUTDIR_ENV, CONTEXT_ENV]
const (
	envOut     = "CDK_OUTDIR"
	envContext = "CDK_CONTEXT_JSON"
)

// noStacks is the context key that leaves out where in the runtime each construct
// was made: temporary paths, which would make every assembly another one.
// [CDK source, cx-api]
const noStacks = "aws:cdk:disable-creation-stack-traces"

func synth(ctx context.Context, opts options, out io.Writer) error {
	context, err := opts.context()
	if err != nil {
		return err
	}
	s, err := settings.Read(context)
	if err != nil {
		return err
	}
	for _, key := range s.Examples() {
		fmt.Fprintf(out, "warning: context.%s is still an example's: CloudFormation will refuse the stacks\n", key)
	}
	if err := opts.makeOut(); err != nil {
		return err
	}
	if err := needNode(); err != nil {
		return err
	}
	code, err := prepare(ctx, opts)
	if err != nil {
		return err
	}
	if err := libraries.Load(ctx); err != nil {
		return err
	}
	app, err := build(opts, s, code)
	if err != nil {
		return err
	}
	app.Synth(nil)
	if err := customers(*app.Outdir()); err != nil {
		return err
	}
	return findings(*app.Outdir(), out)
}

// prepare returns the folder of every function's code.
func prepare(ctx context.Context, opts options) (code map[string]string, err error) {
	if opts.cache == "" {
		if opts.cache, err = assets.Dir(opts.root); err != nil {
			return nil, err
		}
	}
	var names []string
	for _, f := range deployment.Functions() {
		names = append(names, f.Name)
	}
	return assets.Prepare(ctx, opts.assets, opts.root, opts.cache, names)
}

// customerFile is the template that customers launch in their own accounts. It
// lies beside the stacks and is none of them: cdk deploy leaves it alone.
const customerFile = deployment.Prefix + "-customer.json"

func customers(dir string) error {
	body, err := template.JSON(template.Preset{IntakeBus: deployment.IntakeBus})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, customerFile), body, 0o644)
	}
	if err != nil {
		return fmt.Errorf("writing the customers' template: %w", err)
	}
	return nil
}

// build makes the app of the entry and a cell for each Region.
func build(opts options, s settings.Settings, code map[string]string) (awscdk.App, error) {
	props := &awscdk.AppProps{
		AnalyticsReporting: jsii.Bool(false), TreeMetadata: jsii.Bool(false), StackTraces: jsii.Bool(false),
		Context: &map[string]interface{}{noStacks: true},
	}
	props.Outdir = jsii.String(opts.folder())
	app := awscdk.NewApp(props)
	if _, err := entry.New(app, entry.Props{Settings: s, Code: code}); err != nil {
		return nil, fmt.Errorf("entry: %w", err)
	}
	for _, region := range s.Regions {
		if _, err := cell.New(app, cell.Props{Region: region, Settings: s, Code: code}); err != nil {
			return nil, fmt.Errorf("cell of %s: %w", region, err)
		}
	}
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true)}), nil)
	return app, nil
}

// folder is that of the assembly: the command line's, the CLI's, or the usual one.
func (o options) folder() string {
	return cmp.Or(o.out, os.Getenv(envOut), "cdk.out")
}

// makeOut makes the folder of the assembly: the CDK would panic where it cannot.
func (o options) makeOut() error {
	if err := os.MkdirAll(o.folder(), 0o755); err != nil {
		e := coded.Wrap(coded.Invalid, err, "no folder for the assembly")
		e.Hint = "name a folder that can be made and written with -out"
		return e
	}
	return nil
}

// context is the CLI's, or the file's, with what the command line sets.
func (o options) context() (map[string]any, error) {
	var file struct {
		Context map[string]any `json:"context"`
	}
	if given := os.Getenv(envContext); given != "" && o.out == "" {
		if err := json.Unmarshal([]byte(given), &file.Context); err != nil {
			return nil, coded.Wrap(coded.Invalid, err, "reading %s", envContext)
		}
	} else if err := read(o.file, &file); err != nil {
		e := coded.Wrap(coded.Invalid, err, "no context")
		e.Hint = "run it in the folder of go.mod, or name a file in the form of cdk.json with -config"
		return nil, e
	}
	if file.Context == nil {
		file.Context = map[string]any{}
	}
	for k, v := range o.set {
		file.Context[k] = v
	}
	return file.Context, nil
}
