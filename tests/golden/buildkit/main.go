// Answers of BuildKit's own front end, one JSON line for each JSON line asked.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/buildkit/frontend/dockerui"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

type question struct {
	Text       string            `json:"text"`
	Ask        string            `json:"ask"`
	Env        map[string]string `json:"env"`
	Escape     string            `json:"escape"`
	KeepQuotes bool              `json:"keep_quotes"`
	KeepEscape bool              `json:"keep_escapes"`
	NoQuotes   bool              `json:"ignore_quotes"`
	KeepUnset  bool              `json:"keep_unset"`
	Target     string            `json:"target"`
}

type variables map[string]string

func (v variables) Get(key string) (string, bool) { value, ok := v[key]; return value, ok }
func (v variables) Keys() []string                { return nil }

func nodeOf(n *parser.Node) map[string]any {
	args := []string{}
	answer := map[string]any{"keyword": n.Value, "lines": []int{n.StartLine, n.EndLine}}
	for next := n.Next; next != nil; next = next.Next {
		if len(next.Children) > 0 {
			answer["inner"] = nodeOf(next.Children[0])
		} else {
			args = append(args, next.Value)
		}
	}
	answer["args"] = args
	if len(n.Flags) > 0 {
		answer["flags"] = n.Flags
	}
	if n.Attributes["json"] {
		answer["json"] = true
	}
	heredocs := []any{}
	for _, h := range n.Heredocs {
		heredocs = append(heredocs, []any{h.Name, h.Expand, h.Chomp, h.Content})
	}
	if len(heredocs) > 0 {
		answer["heredocs"] = heredocs
	}
	return answer
}

func instructionsOf(q question) map[string]any {
	parsed, err := parser.Parse(strings.NewReader(q.Text))
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	stages, _, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{SkipAll: true}))
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	if len(stages) == 0 {
		return map[string]any{"error": "dockerfile contains no stages to build"}
	}
	nodes := []any{}
	for _, child := range parsed.AST.Children {
		nodes = append(nodes, nodeOf(child))
	}
	return map[string]any{"escape": string(parsed.EscapeToken), "instructions": nodes}
}

func imageOf(q question) map[string]any {
	platform := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	built, err := dockerfile2llb.Dockerfile2LLB(context.TODO(), []byte(q.Text), dockerfile2llb.ConvertOpt{
		TargetPlatform: &platform,
		Config: dockerui.Config{
			BuildArgs: q.Env, Target: q.Target, BuildPlatforms: []ocispecs.Platform{platform},
		},
	})
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return map[string]any{"config": built.Image.Config}
}

func expansionOf(q question) map[string]any {
	lex := shell.NewLex([]rune(q.Escape)[0])
	lex.RawQuotes, lex.RawEscapes = q.KeepQuotes, q.KeepEscape
	lex.SkipProcessQuotes, lex.SkipUnsetEnv = q.NoQuotes, q.KeepUnset
	answer := map[string]any{}
	if word, _, err := lex.ProcessWord(q.Text, variables(q.Env)); err != nil {
		answer["error"] = err.Error()
	} else {
		answer["word"] = word
	}
	if words, err := lex.ProcessWords(q.Text, variables(q.Env)); err == nil {
		answer["words"] = append([]string{}, words...)
	}
	return answer
}

func main() {
	questions := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	answers := json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	for {
		var q question
		if questions.Decode(&q) != nil {
			return
		}
		answer := map[string]any{"error": fmt.Sprintf("cannot answer %q", q.Ask)}
		switch q.Ask {
		case "instructions":
			answer = instructionsOf(q)
		case "image":
			answer = imageOf(q)
		case "expansion":
			answer = expansionOf(q)
		}
		if err := answers.Encode(answer); err != nil {
			panic(err)
		}
	}
}
