module pai.io/fuzz

go 1.19
