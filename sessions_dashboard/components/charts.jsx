import { useState } from "react";
import { Link } from "react-router";
import {
  Bar,
  BarChart,
  CartesianGrid,
  Rectangle,
  ResponsiveContainer,
  Text,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";

import { dateFormat, numberFormat } from "./intl_formats.js";

const COLUMNS_HEIGHT = 182;
const ROW_HEIGHT = 34;
const ROW_NUMBER_WIDTH = 56;
// Of the chart's width, for the labels of its rows; at most so many pixels.
const LABELS_SHARE = 0.44;
const LABELS_WIDTH = 210;
const SHAPES = {
  hour: { hour: "numeric", minute: "2-digit" },
  // A day of a chart is one in UTC: its numbers were counted so.
  day: { day: "numeric", month: "short", timeZone: "UTC" },
};

const written = (iso, unit) => dateFormat(SHAPES[unit]).format(new Date(iso));
const inDigits = (number) => numberFormat({ maximumFractionDigits: 0 }).format(number);

/** When a column of a chart begins, as the reader writes it. */
export function ChartTime({ iso, unit }) {
  return (
    <time dateTime={iso} lang={navigator.language} dir="auto">
      {written(iso, unit)}
    </time>
  );
}

/**
 * The link of a bar, as its background: that stays the same element while numbers tick, and keeps the
 * focus, where the bar itself is made anew with every number.
 */
function LinkedArea({ to, said, area, children }) {
  const content = (
    <>
      <rect className="chart-area" {...area} />
      {children}
    </>
  );
  return to ? (
    <Link to={to} aria-label={said} className="chart-link">
      {content}
    </Link>
  ) : (
    content
  );
}

/** A bar is seen; its link behind it is what is pointed at. */
function Seen({ x, y, width, height, radius, address }) {
  const className = address ? "chart-bar" : "chart-bar-plain";
  return <Rectangle className={className} x={x} y={y} width={width} height={height} radius={radius} />;
}

function ColumnArea({ x, y, width, height, payload, unit }) {
  const { label, number, address } = payload;
  return (
    <LinkedArea to={address} said={`${written(label, unit)}: ${number}`} area={{ x, y, width, height }}>
      <text className="chart-number chart-focused" x={x + width / 2} y={y - 5} textAnchor="middle">
        {number}
      </text>
    </LinkedArea>
  );
}

function Column({ x, y, width, height, payload }) {
  return <Seen x={x} y={y} width={width} height={height} radius={[3, 3, 0, 0]} address={payload.address} />;
}

/** What the column under the pointer counts. */
function Said({ active, payload, unit }) {
  const column = active ? payload?.[0]?.payload : undefined;
  return column ? (
    <p className="chart-said">
      {written(column.label, unit)} <strong>{column.number}</strong>
    </p>
  ) : null;
}

/** Numbers over time: every column is a link to what it counts. */
export function ColumnChart({ bars, unit, title, top, tone }) {
  return (
    <div role="group" aria-label={title} className="chart-figure" data-tone={tone}>
      <ResponsiveContainer width="100%" height={COLUMNS_HEIGHT}>
        <BarChart
          data={bars}
          barCategoryGap={2}
          margin={{ top: 18, right: 0, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid vertical={false} />
          <XAxis
            dataKey="label"
            tickFormatter={(iso) => written(iso, unit)}
            tickLine={false}
            height={20}
            interval="equidistantPreserveStart"
            minTickGap={12}
          />
          <YAxis
            width="auto"
            axisLine={false}
            tickLine={false}
            tickCount={3}
            domain={[0, top]}
            tickFormatter={inDigits}
          />
          <Tooltip cursor={false} isAnimationActive={false} content={<Said unit={unit} />} />
          <Bar
            dataKey="count"
            isAnimationActive={false}
            background={<ColumnArea unit={unit} />}
            shape={<Column />}
          />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}

function RowArea({ x, y, width, height, payload }) {
  const { label, number, address } = payload;
  const area = { x: 0, y, width: x + width + ROW_NUMBER_WIDTH, height };
  return (
    <LinkedArea to={address} said={`${label}: ${number}`} area={area}>
      <Text
        className="chart-label"
        x={0}
        y={y + height / 2}
        width={x - 12}
        maxLines={2}
        lineHeight="1.2em"
        verticalAnchor="middle"
      >
        {label}
      </Text>
    </LinkedArea>
  );
}

function Row({ x, y, width, height, payload }) {
  const length = Math.max(width, 2);
  return (
    <>
      <Seen x={x} y={y} width={length} height={height} radius={3} address={payload.address} />
      <text className="chart-number" x={x + length + 8} y={y + height / 2} dominantBaseline="central">
        {payload.number}
      </text>
    </>
  );
}

/** Values and how frequent they are: every row is a link to what it counts. */
export function RowChart({ bars, title }) {
  const [width, setWidth] = useState(0);
  return (
    <div role="group" aria-label={title} className="chart-figure">
      <ResponsiveContainer width="100%" height={bars.length * ROW_HEIGHT} onResize={setWidth}>
        <BarChart
          layout="vertical"
          data={bars}
          barSize={14}
          margin={{ top: 0, right: ROW_NUMBER_WIDTH, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <XAxis type="number" domain={[0, "dataMax"]} hide />
          <YAxis
            type="category"
            dataKey="label"
            width={Math.min(LABELS_WIDTH, width * LABELS_SHARE)}
            tick={false}
            axisLine={false}
            tickLine={false}
          />
          <Bar dataKey="count" isAnimationActive={false} background={<RowArea />} shape={<Row />} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
