// What a server in Go takes messages for: one in JSON text a line, and what it asks for.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

type frame struct {
	Method *string `json:"method"`
	Params struct {
		Name      any            `json:"name"`
		Arguments map[string]any `json:"arguments"`
	} `json:"params"`
}

func asked(content []byte) (any, error) {
	frames := []frame{{}}
	var into any = &frames[0]
	if bytes.HasPrefix(bytes.TrimLeft(content, " \t\r\n"), []byte("[")) {
		into = &frames
	}
	if err := json.Unmarshal(content, into); err != nil {
		return nil, err
	}
	all := []any{}
	for _, one := range frames {
		switch {
		case one.Method == nil:
			all = append(all, map[string]any{"method": "response"})
		case *one.Method != "tools/call":
			all = append(all, map[string]any{"method": *one.Method})
		case one.Params.Arguments == nil:
			all = append(all, map[string]any{"tool": one.Params.Name, "arguments": map[string]any{}})
		default:
			all = append(all, map[string]any{"tool": one.Params.Name, "arguments": one.Params.Arguments})
		}
	}
	return all, nil
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var content string
		if err := json.Unmarshal(line, &content); err != nil {
			panic(err)
		}
		read, err := asked([]byte(content))
		if err != nil {
			read = err.Error()
		}
		out, _ := json.Marshal(read)
		fmt.Println(string(out))
	}
}
