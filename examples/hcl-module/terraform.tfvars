machines = {
  node1 = { endpoint = "ssh://root@node1", ipv4 = "10.0.0.1", zone = "a" }
  node2 = { endpoint = "ssh://root@node2", ipv4 = "10.0.0.2", zone = "a" }
  node3 = { endpoint = "ssh://root@node3", ipv4 = "10.0.0.3", zone = "b" }
}

canaries = ["node1"]

peers = {
  tor = { address = "10.0.0.254", as_number = 65000, filters = ["edge"] }
}

filters = {
  edge = {
    import = [{ prefix = "0.0.0.0/0", action = "accept" }]
    export = [{ source = "workload", action = "accept" }]
  }
}
