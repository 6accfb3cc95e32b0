-- The current active claims as PostgREST is given them: a table for each relation, with the keys that it embeds by.
-- They are made of our export, in its order, which stands in the temporary table `exported`.
-- Whoever serves tables so reads by number and never writes a version anew: ids are numbers, dates stand in columns.
-- All columns are asked for by `*`: a list of them costs PostgREST 12 more than all else.
-- What nobody filters by (equivalents, locators) stays JSON, as our documents have it: that costs PostgREST least.
DROP SCHEMA IF EXISTS postgrest_bench CASCADE;
CREATE SCHEMA postgrest_bench;
SET LOCAL search_path = postgrest_bench, public;

CREATE FUNCTION number_of(id text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT split_part(id, '_', 2)::bigint $$;

CREATE TEMPORARY TABLE live ON COMMIT DROP AS
SELECT number_of(doc->>'id') AS id, doc, place FROM exported ORDER BY place;

CREATE TABLE speakers AS
SELECT DISTINCT ON (id) number_of(one->>'id') AS id, one->>'key' AS key, one->>'name' AS name, one->>'kind' AS kind
FROM (
    SELECT doc->'speaker' AS one FROM live
    UNION ALL SELECT role->'organization' FROM live, jsonb_array_elements(doc->'roles') AS role
) AS mentioned
WHERE jsonb_typeof(one) = 'object' ORDER BY id, kind NULLS LAST;
CREATE TABLE metrics AS
SELECT DISTINCT ON (id) number_of(one->>'id') AS id, one->>'key' AS key, one->>'name' AS name
FROM (SELECT figure->'metric' AS one FROM live, jsonb_array_elements(doc->'figures') AS figure) AS mentioned
ORDER BY id;
CREATE TABLE sources AS
SELECT DISTINCT ON (id)
    number_of(one->>'id') AS id, one->>'key' AS key, one->>'title' AS title, one->>'publisher' AS publisher,
    one->>'url' AS url, one->'published_on'->>'edtf' AS published_on,
    (one->'published_on'->>'earliest')::date AS published_from, (one->'published_on'->>'latest')::date AS published_to,
    one->'published_on'->>'as_stated' AS published_as_stated
FROM (SELECT citation->'source' AS one FROM live, jsonb_array_elements(doc->'citations') AS citation) AS mentioned
ORDER BY id;
ALTER TABLE speakers ADD PRIMARY KEY (id);
ALTER TABLE metrics ADD PRIMARY KEY (id);
ALTER TABLE sources ADD PRIMARY KEY (id);
CREATE INDEX ON sources (publisher);

CREATE TABLE claims AS
SELECT
    id, (doc->>'version')::integer AS version, doc->>'key' AS key, doc->>'status' AS status,
    number_of(doc->'speaker'->>'id') AS speaker_id, doc->>'quote' AS quote, doc->>'paraphrase' AS paraphrase,
    doc->>'language' AS language, doc->>'translated_from' AS translated_from, doc->'said_on'->>'edtf' AS said_on,
    (doc->'said_on'->>'earliest')::date AS said_from, (doc->'said_on'->>'latest')::date AS said_to,
    doc->'said_on'->>'as_stated' AS said_as_stated, doc->>'venue' AS venue, doc->>'recorded_at' AS recorded_at,
    doc->>'updated_at' AS updated_at, (doc->>'revision')::bigint AS revision, doc->'retraction'->>'reason' AS retraction,
    place
FROM live;
ALTER TABLE claims ADD PRIMARY KEY (id), ADD UNIQUE (key), ADD FOREIGN KEY (speaker_id) REFERENCES speakers;
CREATE INDEX ON claims (said_from DESC NULLS LAST, place);
CREATE INDEX ON claims (speaker_id, said_from DESC NULLS LAST, place);

CREATE TABLE roles AS
SELECT
    live.id AS claim_id, n, role->>'title' AS title, number_of(role->'organization'->>'id') AS organization_id,
    role->>'status' AS status, role->>'as_stated' AS as_stated, role->>'basis' AS basis
FROM live, jsonb_array_elements(doc->'roles') WITH ORDINALITY AS one (role, n);
ALTER TABLE roles ADD PRIMARY KEY (claim_id, n), ADD FOREIGN KEY (claim_id) REFERENCES claims,
    ADD FOREIGN KEY (organization_id) REFERENCES speakers;

CREATE TABLE figures AS
SELECT
    live.id AS claim_id, n, number_of(figure->'metric'->>'id') AS metric_id, (figure->>'value')::numeric AS value,
    (figure->>'low')::numeric AS low, (figure->>'high')::numeric AS high, figure->>'comparator' AS comparator,
    figure->>'unit' AS unit, figure->>'kind' AS kind, figure->>'change' AS change,
    figure->'period'->>'edtf' AS period, (figure->'period'->>'earliest')::date AS period_from,
    (figure->'period'->>'latest')::date AS period_to, figure->'period'->>'as_stated' AS period_as_stated,
    figure->'equivalents' AS equivalents, figure->>'as_stated' AS as_stated
FROM live, jsonb_array_elements(doc->'figures') WITH ORDINALITY AS one (figure, n);
ALTER TABLE figures ADD PRIMARY KEY (claim_id, n), ADD FOREIGN KEY (claim_id) REFERENCES claims,
    ADD FOREIGN KEY (metric_id) REFERENCES metrics;
CREATE INDEX ON figures (metric_id, claim_id);

CREATE TABLE topics AS
SELECT live.id AS claim_id, n, topic FROM live, jsonb_array_elements_text(doc->'topics') WITH ORDINALITY AS one (topic, n);
ALTER TABLE topics ADD PRIMARY KEY (claim_id, n), ADD FOREIGN KEY (claim_id) REFERENCES claims;
CREATE INDEX ON topics (topic, claim_id);

CREATE TABLE citations AS
SELECT
    live.id AS claim_id, n, number_of(citation->'source'->>'id') AS source_id, citation->>'via' AS via,
    nullif(citation->'locator', 'null') AS locator, citation->>'verification' AS verification
FROM live, jsonb_array_elements(doc->'citations') WITH ORDINALITY AS one (citation, n);
ALTER TABLE citations ADD PRIMARY KEY (claim_id, n), ADD FOREIGN KEY (claim_id) REFERENCES claims,
    ADD FOREIGN KEY (source_id) REFERENCES sources;
CREATE INDEX ON citations (source_id, claim_id);

CREATE TABLE assessments AS
SELECT
    live.id AS claim_id, n, one->>'publisher' AS publisher, one->>'url' AS url, one->>'rating' AS rating,
    one->'rated_on'->>'edtf' AS rated_on, (one->'rated_on'->>'earliest')::date AS rated_from,
    (one->'rated_on'->>'latest')::date AS rated_to, one->'rated_on'->>'as_stated' AS rated_as_stated,
    one->>'note' AS note
FROM live, jsonb_array_elements(doc->'assessments') WITH ORDINALITY AS assessment (one, n);
ALTER TABLE assessments ADD PRIMARY KEY (claim_id, n), ADD FOREIGN KEY (claim_id) REFERENCES claims;

-- The other claim has no foreign key: it may be retracted, and then is not here. Its key stands beside its number.
CREATE TABLE relations AS
SELECT live.id AS claim_id, n, one->>'type' AS type, number_of(one->>'claim') AS other_id, one->>'key' AS key
FROM live, jsonb_array_elements(doc->'relations') WITH ORDINALITY AS relation (one, n);
ALTER TABLE relations ADD PRIMARY KEY (claim_id, n), ADD FOREIGN KEY (claim_id) REFERENCES claims;

-- What a page may be asked of instead of filtered by an embedded relation, whose index that statement cannot begin with.
CREATE FUNCTION claims_of_topic(of text) RETURNS SETOF claims LANGUAGE sql STABLE AS $$
    SELECT * FROM postgrest_bench.claims WHERE id IN (SELECT claim_id FROM postgrest_bench.topics WHERE topic = $1)
$$;
CREATE FUNCTION claims_of_metric(of bigint) RETURNS SETOF claims LANGUAGE sql STABLE AS $$
    SELECT * FROM postgrest_bench.claims WHERE id IN (SELECT claim_id FROM postgrest_bench.figures WHERE metric_id = $1)
$$;
CREATE FUNCTION claims_of_publisher(of text) RETURNS SETOF claims LANGUAGE sql STABLE AS $$
    SELECT * FROM postgrest_bench.claims WHERE id IN (
        SELECT claim_id FROM postgrest_bench.citations JOIN postgrest_bench.sources ON sources.id = source_id
        WHERE publisher = $1)
$$;
