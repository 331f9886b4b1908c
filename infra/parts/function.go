package parts

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/grants"
	"latchkey/shared/deployment"
)

// VPC is where a function that reaches databases runs.
type VPC struct {
	Subnets       []string // ids
	SecurityGroup string   // id
}

// FunctionProps is what a function is made of, beside its line in the table of
// package deployment.
type FunctionProps struct {
	Code       string            // folder with its bootstrap
	Values     map[string]string // of environment variables, the function's and others'
	Statements []grants.Statement
	Alarms     *Alarms
	LogDays    int    // how long its logs are kept
	Reserved   int    // concurrent executions kept for it, which are its most too; 0: none
	Stream     string // ARN of the table's stream, for a function that reads it
	VPC        *VPC   // for a function that is InVPC
}

// Function is a function of a stack and what feeds it.
type Function struct {
	Spec  deployment.Function
	ID    string // logical id
	Queue *Queue // that rules feed; nil without
	Dead  *Queue // its dead letters; nil for one that is only called
}

// ARN refers to the function's ARN.
func (f Function) ARN() string { return "${" + f.ID + ".Arn}" }

// NewFunction makes a function with its role and log group, and what starts it:
// its queue, its part of the table's stream, its schedule. Whoever sends into
// its queue is named with SetSenders.
func NewFunction(stack awscdk.Stack, spec deployment.Function, p FunctionProps) (Function, error) {
	env, err := Environment(spec, p.Values)
	if err != nil {
		return Function{}, err
	}
	f := Function{Spec: spec, ID: ID(spec.Name) + "Function"}
	if spec.Queue != nil || spec.Stream != nil || spec.Every > 0 {
		dead := NewDeadLetters(stack, spec, p.Alarms)
		f.Dead = &dead
	}
	_, role := NewRole(stack, RoleProps{
		ID: ID(spec.Name) + "Role", Name: grants.RoleName(spec.Name), Service: "lambda.amazonaws.com",
		For: "Function " + deployment.Name(spec.Name) + ".", Statements: p.Statements,
	})
	logs := logGroup(stack, spec, p.LogDays)
	fn := awslambda.NewCfnFunction(stack, name(f.ID), &awslambda.CfnFunctionProps{
		FunctionName:                 name(deployment.Name(spec.Name)),
		Description:                  name(spec.Purpose),
		Runtime:                      name("provided.al2023"),
		Architectures:                &[]*string{name("arm64")},
		Handler:                      name("bootstrap"),
		Code:                         code(stack, spec.Name, p.Code),
		Role:                         Text(role),
		MemorySize:                   jsii.Number(float64(spec.MemoryMB)),
		Timeout:                      seconds(spec.Timeout),
		Environment:                  &awslambda.CfnFunction_EnvironmentProperty{Variables: env},
		TracingConfig:                &awslambda.CfnFunction_TracingConfigProperty{Mode: name("Active")},
		LoggingConfig:                &awslambda.CfnFunction_LoggingConfigProperty{LogFormat: name("Text"), LogGroup: awscdk.Fn_Ref(name(logs))},
		ReservedConcurrentExecutions: reserved(p.Reserved),
		VpcConfig:                    vpc(p.VPC),
	})
	for _, alarm := range functionAlarms(spec) {
		p.Alarms.Add(alarm)
	}
	f.start(stack, fn, p)
	return f, nil
}

func logGroup(stack awscdk.Stack, spec deployment.Function, days int) (id string) {
	id = ID(spec.Name) + "Logs"
	awslogs.NewCfnLogGroup(stack, name(id), &awslogs.CfnLogGroupProps{
		LogGroupName: name(grants.LogGroupName(spec.Name)), RetentionInDays: jsii.Number(float64(days)),
	})
	return id
}

// code uploads a folder as a zip; its key is the hash of what is in it.
func code(stack awscdk.Stack, function, folder string) *awslambda.CfnFunction_CodeProperty {
	asset := awss3assets.NewAsset(stack, name(ID(function)+"Code"), &awss3assets.AssetProps{Path: &folder})
	return &awslambda.CfnFunction_CodeProperty{S3Bucket: asset.S3BucketName(), S3Key: asset.S3ObjectKey()}
}

func reserved(n int) *float64 {
	if n == 0 {
		return nil
	}
	return jsii.Number(float64(n))
}

func vpc(v *VPC) interface{} {
	if v == nil {
		return nil
	}
	return &awslambda.CfnFunction_VpcConfigProperty{SubnetIds: Texts(v.Subnets...), SecurityGroupIds: Texts(v.SecurityGroup)}
}
