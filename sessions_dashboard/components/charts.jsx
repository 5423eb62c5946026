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

const COLUMNS_HEIGHT = 172;
const ROW_HEIGHT = 34;
const ROW_NUMBER_WIDTH = 56;
// Of the chart's width, for the labels of its rows; at most so many pixels.
const LABELS_SHARE = 0.44;
const LABELS_WIDTH = 190;
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

/** A link around a bar and all that is beside it, or nothing but these where it leads nowhere. */
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

function Column({ x, y, width, height, background, payload, unit }) {
  const { label, number, address } = payload;
  return (
    <LinkedArea to={address} said={`${written(label, unit)}: ${number}`} area={background}>
      <Rectangle className="chart-bar" x={x} y={y} width={width} height={height} radius={[3, 3, 0, 0]} />
      <text className="chart-number chart-focused" x={x + width / 2} y={y - 5} textAnchor="middle">
        {number}
      </text>
    </LinkedArea>
  );
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
        <BarChart data={bars} barCategoryGap={2} margin={{ top: 8, right: 0, bottom: 0, left: 0 }} accessibilityLayer={false}>
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
          <Bar dataKey="count" isAnimationActive={false} shape={<Column unit={unit} />} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}

function Row({ x, y, width, height, background, payload }) {
  const { label, number, address } = payload;
  const area = { ...background, x: 0, width: background.x + background.width + ROW_NUMBER_WIDTH };
  const [middle, end] = [y + height / 2, x + Math.max(width, 2)];
  return (
    <LinkedArea to={address} said={`${label}: ${number}`} area={area}>
      <Text className="chart-label" x={0} y={middle} width={background.x - 12} maxLines={2} lineHeight="1.2em" verticalAnchor="middle">
        {label}
      </Text>
      <Rectangle className="chart-bar" x={x} y={y} width={end - x} height={height} radius={3} />
      <text className="chart-number" x={end + 8} y={middle} dominantBaseline="central">
        {number}
      </text>
    </LinkedArea>
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
          <Bar dataKey="count" isAnimationActive={false} shape={<Row />} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
