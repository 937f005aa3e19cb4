output "release" {
  description = "Digest of the release that runs."
  value       = peerform_fabric.this.release
}

output "impact" {
  description = "What the planned change does to the network, for checks and tests. Do not make it an output of the root module, which would change with every deploy."
  value       = peerform_fabric.this.impact
}

output "behind" {
  description = "Nodes that have not confirmed the release, each with the release that it has. A resource that depends on this output is applied after the whole fleet has the release."
  value       = peerform_commit.this.behind
}
