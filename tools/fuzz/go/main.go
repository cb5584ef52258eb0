// Reads messages with Go's net/http for the fuzzer. Each input on stdin is: kind (1 byte: 0 request, 1 response), method
// and text, each with its length (4 bytes, big endian) before it. Each answer on stdout follows writeReading.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"sort"
	"strings"
)

type message struct {
	start    string
	fields   http.Header
	body     []byte
	trailers http.Header
	isWhole  bool
	end      int
}

const (
	complete = iota
	incomplete
	refused
)

type reading struct {
	messages []message
	ending   byte
	reason   string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Print(runtime.Version())
		return
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	for {
		kind, err := in.ReadByte()
		if err == io.EOF {
			return
		}
		check(err)
		method := readBytes(in)
		text := readBytes(in)
		if kind == 0 {
			writeReading(out, readRequests(text))
		} else {
			writeReading(out, readResponses(text, string(method)))
		}
		if in.Buffered() == 0 {
			check(out.Flush())
		}
	}
}

func readRequests(text []byte) reading {
	source := bytes.NewReader(text)
	lines := bufio.NewReader(source)
	var result reading
	for source.Len()+lines.Buffered() > 0 {
		request, err := http.ReadRequest(lines)
		if err != nil {
			return result.stoppedBy(err)
		}
		fields := request.Header
		if request.Host != "" {
			fields["Host"] = []string{request.Host}
		}
		if request.TransferEncoding != nil {
			fields["Transfer-Encoding"] = request.TransferEncoding
		}
		start := fmt.Sprintf("%s %s %s", request.Method, request.RequestURI, request.Proto)
		body, err := io.ReadAll(request.Body)
		end := len(text) - source.Len() - lines.Buffered()
		result.messages = append(result.messages, message{start, fields, body, request.Trailer, err == nil, end})
		if err != nil {
			return result.stoppedBy(err)
		}
	}
	return result
}

func readResponses(text []byte, method string) reading {
	source := bytes.NewReader(text)
	lines := bufio.NewReader(source)
	var result reading
	for {
		response, err := http.ReadResponse(lines, &http.Request{Method: method})
		if err != nil {
			return result.stoppedBy(err)
		}
		fields := response.Header
		if response.TransferEncoding != nil {
			fields["Transfer-Encoding"] = response.TransferEncoding
		}
		start := fmt.Sprintf("%s %d", response.Proto, response.StatusCode)
		body, err := io.ReadAll(response.Body)
		end := len(text) - source.Len() - lines.Buffered()
		result.messages = append(result.messages, message{start, fields, body, response.Trailer, err == nil, end})
		if err != nil {
			return result.stoppedBy(err)
		}
		if response.StatusCode >= 200 {
			break
		}
	}
	if source.Len()+lines.Buffered() > 0 {
		return result.stoppedBy(errors.New("bytes after the response"))
	}
	return result
}

func (result reading) stoppedBy(err error) reading {
	result.reason = err.Error()
	result.ending = refused
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		result.ending = incomplete
	}
	return result
}

// Ending (1 byte), reason, number of messages, and of each: start, body, whether it is whole (1 byte), its end, fields,
// trailers. Numbers are 4 bytes; text has its length before it; fields are their count and then name and value each.
func writeReading(out *bufio.Writer, result reading) {
	out.WriteByte(result.ending)
	writeString(out, result.reason)
	writeNumber(out, len(result.messages))
	for _, message := range result.messages {
		writeString(out, message.start)
		writeString(out, string(message.body))
		if message.isWhole {
			out.WriteByte(1)
		} else {
			out.WriteByte(0)
		}
		writeNumber(out, message.end)
		writeFields(out, message.fields)
		writeFields(out, message.trailers)
	}
}

func writeFields(out *bufio.Writer, fields http.Header) {
	names := make([]string, 0, len(fields))
	count := 0
	for name, values := range fields {
		names = append(names, name)
		count += len(values)
	}
	sort.Strings(names)
	writeNumber(out, count)
	for _, name := range names {
		for _, value := range fields[name] {
			writeString(out, strings.ToLower(name))
			writeString(out, value)
		}
	}
}

func writeString(out *bufio.Writer, text string) {
	writeNumber(out, len(text))
	out.WriteString(text)
}

func writeNumber(out *bufio.Writer, number int) {
	out.Write(binary.BigEndian.AppendUint32(nil, uint32(number)))
}

func readBytes(in *bufio.Reader) []byte {
	var size [4]byte
	_, err := io.ReadFull(in, size[:])
	check(err)
	text := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err = io.ReadFull(in, text)
	check(err)
	return text
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
