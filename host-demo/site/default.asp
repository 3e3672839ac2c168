<%@ LANGUAGE="JScript" ENABLESESSIONSTATE="False" %>
<% var title = "It never leaks"; %>
<!-- #include file="head.inc" -->
<p>In 2003 Eric Lippert told the story of a leak in JScript. Its garbage collector was <em>per thread</em>, and when a
thread went away, one small structure of the collector itself was never freed. Nobody noticed for years: Active Server
Pages ran scripts on a <em>pool</em> of threads that lived for ever. Then programs came that made and ended threads with
engines by the hundred thousand, and each of them left a few bytes behind.</p>
<p>This server is that world, made again so that both lessons hold. Nothing outlives a closed collector, however
threads come and go; and a good pool makes everybody's life easier anyway.</p>
<h2>See for yourself</h2>
<table>
<tr><td><a href="/hello.asp?name=you">hello.asp</a></td><td>ten little expressions in a page; what the benchmarks ask for</td></tr>
<tr><td><a href="/form.asp">form.asp</a></td><td>a form, with several values under one name</td></tr>
<tr><td><a href="/session.asp">session.asp</a></td><td>a counter for you, and one for everybody</td></tr>
<tr><td><a href="/loop.asp">loop.asp</a></td><td>loops for ever, and is stopped</td></tr>
<tr><td><a href="/allocate.asp">allocate.asp</a></td><td>allocates without end, and is stopped</td></tr>
<tr><td><a href="/recurse.asp">recurse.asp</a></td><td>recurses without end, and is stopped</td></tr>
<tr><td><a href="/throw.asp">throw.asp</a></td><td>throws, in an include, and the error says where</td></tr>
<tr><td><a href="/live.html">live.html</a></td><td>heap, pool and contexts, as they are now</td></tr>
</table>
<h2>The other half</h2>
<p>In a shell, <code>host-demo churn --threads 100000</code> makes and ends that many threads, each with a collector and
an engine, beside a simulation of the engine of 2003, and counts what is left. To the byte.</p>
<!-- #include file="foot.inc" -->
